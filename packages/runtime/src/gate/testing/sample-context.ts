/* For tests: what a gate is told of a model call. */
import type { AdmissionContext, PlannedRequest } from '../gate.ts';
import type { Effect } from '../permit.ts';

export const modelEffect: Effect = { kind: 'model', target: 'script/m', input: {} };

export const plannedRequest: PlannedRequest = {
  ...{ deployment: 'd', provider: 'script', model: 'm', prices: 'test' },
  ...{ bound: 1000n, isFree: false, nodeCap: undefined },
};

export function modelContext(more: Partial<AdmissionContext> = {}): AdmissionContext {
  return {
    ...{ tenant: 'default', run: 'run-1', task: 'root', node: 'ask', key: 'run-1/root/ask/0', agent: 'writer' },
    payer: { workflow: 'sample', session: 's1', user: 'ann', costCentre: undefined },
    request: plannedRequest,
    ...{ risk: 'low', fork: undefined, checkInput: undefined },
    ...more,
  };
}
