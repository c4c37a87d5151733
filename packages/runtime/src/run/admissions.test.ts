import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createGate, type GateStep } from '../gate/gate.ts';
import { openProvider } from '../models/testing/open-provider.ts';
import { answering, failing, type Step } from '../models/testing/reply.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../models/testing/scripted-upstream.ts';
import { chain, prepareSample } from './testing/sample-workflow.ts';
import { payloadsOf, runToEnd } from './testing/test-driver.ts';

/** What happened at the gate and at the providers, in order. */
let log: string[];
let upstream: ScriptedUpstream;
beforeEach(async () => {
  log = [];
  upstream = await startScriptedUpstream();
  onTestFinished(() => upstream.close());
});

/** A step that lets everything pass but what `denied` says. */
function watching(denied: (target: string) => boolean = () => false): GateStep {
  return {
    name: 'watch',
    admit({ target }) {
      log.push(`admit ${target}`);
      const fault = { code: 'effect.refused' as const, message: `${target} may not be asked.` };
      return denied(target) ? { step: 'watch', decision: 'deny', fault } : { step: 'watch', decision: 'allow' };
    },
  };
}

function noted(step: Step): Step {
  return (request) => {
    log.push(`ask ${request.provider}/${request.model}`);
    return step(request);
  };
}

/** A run in which one agent asks one provider and then another, over HTTP. */
async function run(step: GateStep) {
  const providers = [
    await openProvider('openai', { baseUrl: upstream.baseUrl('openai') }),
    await openProvider('anthropic', { baseUrl: upstream.baseUrl('anthropic') }),
  ];
  const agents = [{ id: 'writer', llm: 'openai/first', fallback: ['anthropic/second'], prompt: 'Write.' }];
  const prepared = await prepareSample({ workflow: chain([{ id: 'ask', agent_id: 'writer' }]), agents }, providers);
  return runToEnd(prepared, 'pears', createGate([step]));
}

describe('S20 every try of a model call', () => {
  it('has an admission of its own, before it is made: retries and fallbacks, too', async () => {
    upstream.script('openai', noted(failing(500)), noted(failing(500)), noted(failing(401)));
    upstream.script('anthropic', noted(answering({ text: 'Pears.' })));
    const { result, events } = await run(watching());
    expect(result).toMatchObject({ outcome: 'success', output: 'Pears.' });
    const [first, second] = [
      ['admit openai/first', 'ask openai/first'],
      ['admit anthropic/second', 'ask anthropic/second'],
    ];
    expect(log).toEqual([first, first, first, second].flat());
    expect(payloadsOf(events, 'effect.started').map(({ try: number, verdicts }) => [number, verdicts])).toEqual(
      [1, 2, 3, 4].map((number) => [number, [{ step: 'watch', decision: 'allow' }]]),
    );
    expect(upstream.requests).toHaveLength(4);
  });

  it('is not made if a step denies it: the second deployment hears nothing of the call that the first could not answer', async () => {
    upstream.script('openai', noted(failing(401)));
    upstream.script('anthropic', noted(answering({ text: 'Pears.' })));
    const { result, events } = await run(watching((target) => target.startsWith('anthropic/')));
    expect(log).toEqual(['admit openai/first', 'ask openai/first', 'admit anthropic/second']);
    expect(upstream.requests.map(({ provider }) => provider)).toEqual(['openai']);
    expect(payloadsOf(events, 'effect.refused')).toMatchObject([{ try: 2, error: { message: 'anthropic/second may not be asked.' } }]);
    expect(result).toMatchObject({ outcome: 'failure', reason: 'ask: anthropic/second may not be asked.' });
  });

  it('is not made if a step fails: the gate fails closed', async () => {
    const broken: GateStep = { name: 'broken', admit: () => Promise.reject(new Error('away')) };
    expect((await run(broken)).result.outcome).toBe('failure');
    expect(upstream.requests).toEqual([]);
  });
});
