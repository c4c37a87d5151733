import { type EffectResult, picoDollars } from '@espalier/core';
import type { Admission, AdmissionContext, Payer, Settlement, StepFact } from '../gate/gate.ts';
import type { Effect } from '../gate/permit.ts';
import type { EffectRequest, PlannedTry, TriedRequest } from '../ports/node-program.ts';
import { type Attempt, attemptAt, type EffectHost, type EffectPlace, requireUnderWay } from './effect-place.ts';

/** What the gate is told of an effect besides itself. */
export function admissionContext(host: EffectHost, place: EffectPlace, request: EffectRequest, planned?: PlannedTry): AdmissionContext {
  const { key, task, node } = attemptAt(host, place, 1);
  const { risk = 'high', checkInput, agent } = request;
  return {
    tenant: host.ports.tenant ?? 'default',
    run: host.run,
    task,
    node,
    key,
    agent,
    payer: payerOf(host),
    request: planned && 'tries' in request ? plannedRequest(planned, request) : undefined,
    risk,
    fork: host.fork?.origin,
    checkInput,
  };
}

/** A run that belongs to no conversation is one by itself. */
function payerOf({ run, state, workflow }: EffectHost): Payer {
  const { session = run, user, costCentre } = state.started ?? {};
  return { workflow, session, user, costCentre };
}

function plannedRequest({ deployment, provider, model, prices, bound, isFree }: PlannedTry, { nodeBudgetUsd }: TriedRequest) {
  const nodeCap = nodeBudgetUsd === undefined ? undefined : picoDollars(nodeBudgetUsd);
  return { deployment, provider, model, prices, bound, isFree, nodeCap };
}

interface Refused {
  attempt: Attempt;
  effect: Effect;
  admission: Admission & { admitted: false };
}

/** Records that the gate refused an effect, or a further try of it: that is its result. @throws why it comes to nothing instead. */
export function refuse(host: EffectHost, place: EffectPlace, { attempt, effect, admission }: Refused): EffectResult {
  const { kind, target } = effect;
  requireUnderWay(host, place, target);
  const { key, task, node, try: number } = attempt;
  const { verdicts, error } = admission;
  const further = number > 1 ? { try: number } : {};
  host.record({ type: 'effect.refused', payload: { key, task, node, ...further, kind, target, verdicts, error } });
  return { outcome: 'failure', error };
}

interface Ending {
  settlement: Settlement;
  context: AdmissionContext;
}

/** What a step of the gate fails to book does not change what happened; the step's own means say so, and a warning does. */
export async function settle(host: EffectHost, effect: Effect, { settlement, context }: Ending): Promise<void> {
  try {
    await host.ports.gate.settle(effect, settlement, context);
  } catch (thrown) {
    warn(effect, 'settle', thrown);
  }
}

/** What the steps of the gate make known when an effect has come to its end. */
export function conclude(host: EffectHost, effect: Effect, { settlement, context }: Ending): StepFact[] {
  try {
    return host.ports.gate.conclude?.(effect, settlement, context) ?? [];
  } catch (thrown) {
    warn(effect, 'conclude', thrown);
    return [];
  }
}

function warn({ kind, target }: Effect, what: string, thrown: unknown): void {
  process.emitWarning(`The gate could not ${what} ${kind} ${target}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
}
