import { type EffectResult, EspalierError, type Json, type Verdict } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import type { NodeScope, TriedRequest } from '../ports/node-program.ts';
import { customProgram, reducedProgram } from '../run/programs.ts';
import { chain, compileSample, prepareSample, prepareWith } from '../run/testing/sample-workflow.ts';
import { scriptedModel } from '../run/testing/scripted-model.ts';
import { begin, payloadsOf, runToEnd, turns } from '../run/testing/test-driver.ts';
import { type AdmissionContext, createGate, type GateStep, type Settlement } from './gate.ts';
import { type Effect, issuePermit, Permit } from './permit.ts';

const effect: Effect = { kind: 'tool', target: 'read_file', input: { path: 'a.md' } };
const context: AdmissionContext = {
  tenant: 'default',
  run: 'run-1',
  task: 'root',
  node: 'work',
  key: 'run-1/root/work/0',
  agent: undefined,
  payer: { workflow: 'sample', session: 'run-1', user: undefined, costCentre: undefined },
  request: undefined,
  risk: 'high',
  fork: undefined,
  checkInput: undefined,
};

/** A step that allows, and keeps count of what it holds. */
function holding(name: string, held: string[]): GateStep & { settled: Settlement[] } {
  const settled: Settlement[] = [];
  return {
    name,
    settled,
    admit({ target }) {
      held.push(`${name} ${target}`);
      return { step: name, decision: 'allow' };
    },
    settle({ target }, settlement) {
      held.splice(held.indexOf(`${name} ${target}`), 1);
      settled.push(settlement);
    },
  };
}

function denying(name: string): GateStep {
  return {
    name,
    admit: () => ({ step: name, decision: 'deny', reason: 'not today', fault: { code: 'effect.refused', message: 'Not today.' } }),
  };
}

describe('permit', () => {
  it('S20 is good for one call of the effect that it was given for', () => {
    const permit = issuePermit(effect);
    expect(Permit.redeem(permit, 'tool', 'read_file')).toEqual(effect);
    expect(() => Permit.redeem(permit, 'tool', 'read_file')).toThrow(/used before/);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an object of the same look', { kind: 'tool', target: 'read_file' }],
    ['one made by its constructor', new Permit(effect)],
    ['one made from its prototype', Object.create(Permit.prototype)],
    ['one of a subclass', new (class extends Permit {})(effect)],
    ['a proxy of a real one', new Proxy(issuePermit(effect), {})],
  ])('S20 %s is refused', (_name, forged) => {
    expect(() => Permit.redeem(forged as Permit, 'tool', 'read_file')).toThrow(EspalierError);
  });

  it('S20 is refused, and used up, for another target or another kind', () => {
    const other = issuePermit(effect);
    expect(() => Permit.redeem(other, 'tool', 'write_file')).toThrow(/is for tool read_file/);
    expect(() => Permit.redeem(other, 'tool', 'read_file')).toThrow(/used before/);
    expect(() => Permit.redeem(issuePermit(effect), 'handler', 'read_file')).toThrow(/is for tool read_file/);
  });
});

describe('gate', () => {
  it('S20 asks the steps in order and lists their verdicts', async () => {
    const admission = await createGate([holding('first', []), holding('second', [])]).admit(effect, context);
    expect(admission).toMatchObject({ admitted: true, verdicts: [{ step: 'first' }, { step: 'second' }] });
  });

  it('S23 ends at the first denial: later steps are not asked', async () => {
    const held: string[] = [];
    const admission = await createGate([denying('policy'), holding('budget', held)]).admit(effect, context);
    expect(admission).toEqual({
      admitted: false,
      verdicts: [{ step: 'policy', decision: 'deny', reason: 'not today' }],
      error: { code: 'effect.refused', message: 'Not today.' },
    });
    expect(held).toEqual([]);
  });

  it('S21 a later denial gives back what earlier steps hold', async () => {
    const held: string[] = [];
    await createGate([holding('budget', held), denying('breaker')]).admit(effect, context);
    expect(held).toEqual([]);
  });

  it.each<[string, () => never]>([
    [
      'an error',
      () => {
        throw new Error('database at 10.0.0.7 is away');
      },
    ],
    [
      'text',
      () => {
        throw 'text';
      },
    ],
  ])('fails closed when a step throws %s, and does not tell its words', async (_name, admit) => {
    const admission = await createGate([{ name: 'policy', admit }]).admit(effect, context);
    expect(admission).toMatchObject({
      admitted: false,
      error: { code: 'effect.refused' },
      verdicts: [{ step: 'policy', decision: 'deny' }],
    });
    expect(JSON.stringify(admission)).not.toContain('10.0.0.7');
  });

  it.each<[string, string]>([
    ['says deny without a fault', '{ "step": "policy", "decision": "deny" }'],
    ['says escalate without a fault', '{ "step": "policy", "decision": "escalate" }'],
    ['says nothing', 'null'],
    ['says what is no decision', '{ "step": "policy", "decision": "maybe" }'],
  ])('fails closed when a step %s', async (_name, judgement) => {
    const admission = await createGate([{ name: 'policy', admit: () => JSON.parse(judgement) }]).admit(effect, context);
    expect(admission.admitted).toBe(false);
  });

  it('tells every step of the end, even if one of them throws', async () => {
    const held: string[] = [];
    const last = holding('last', held);
    const broken: GateStep = {
      ...holding('first', held),
      settle() {
        throw new Error('the ledger is away');
      },
    };
    const gate = createGate([broken, last]);
    await gate.admit(effect, context);
    await gate.settle(effect, { outcome: 'success' }, context).catch(() => {});
    expect(last.settled).toEqual([{ outcome: 'success' }]);
  });
});

describe('the gate in a run', () => {
  const workflow = compileSample({ workflow: chain([{ id: 'work' }, { id: 'after' }]) });
  const workNode = workflow.graph.byId.get('work');
  if (!workNode) throw new Error('no node');
  const custom = (handler: (...args: unknown[]) => unknown) =>
    prepareWith(workflow, { work: customProgram(workNode, { name: 'work', handler }) });

  it('S20 one admission is one event that lists the verdicts', async () => {
    const { events } = await runToEnd(
      custom(() => 1),
      {},
      createGate([holding('first', []), holding('second', [])]),
    );
    const verdicts: Verdict[] = [
      { step: 'first', decision: 'allow' },
      { step: 'second', decision: 'allow' },
    ];
    expect(payloadsOf(events, 'effect.started').map((payload) => payload.verdicts)).toEqual([verdicts]);
  });

  it('S20 a refused effect is recorded and not performed', async () => {
    let calls = 0;
    const { result, events } = await runToEnd(
      custom(() => (calls += 1)),
      {},
      createGate([holding('first', []), denying('policy')]),
    );
    expect(calls).toBe(0);
    expect(result.outcome).toBe('failure');
    expect(payloadsOf(events, 'effect.refused')).toMatchObject([
      {
        key: 'run-1/root/work/0',
        verdicts: [{ decision: 'allow' }, { decision: 'deny', reason: 'not today' }],
        error: { message: 'Not today.' },
      },
    ]);
    expect(payloadsOf(events, 'effect.started')).toEqual([]);
  });

  it('settles an admitted effect once, with its outcome', async () => {
    const held: string[] = [];
    const step = holding('budget', held);
    await runToEnd(
      custom(() => 1),
      {},
      createGate([step]),
    );
    await runToEnd(
      custom(() => {
        throw new Error('no');
      }),
      {},
      createGate([step]),
    );
    expect(step.settled).toEqual([{ outcome: 'success' }, { outcome: 'failure', error: { code: 'node.handler_failed', message: 'no' } }]);
    expect(held).toEqual([]);
  });

  it('settles an admitted effect once when it is cancelled under way', async () => {
    const held: string[] = [];
    const step = holding('budget', held);
    const { handle } = begin(
      custom(() => new Promise(() => {})),
      {},
      createGate([step]),
    );
    await turns();
    await handle.cancel('enough');
    await handle.ended;
    await turns();
    expect(step.settled).toHaveLength(1);
    expect(held).toEqual([]);
  });

  it('settles an effect whose run is cancelled between its admission and its start', async () => {
    const held: string[] = [];
    const admission = Promise.withResolvers<void>();
    const slow: GateStep = {
      name: 'slow',
      async admit() {
        await admission.promise;
        return { step: 'slow', decision: 'allow' };
      },
    };
    const { handle } = begin(
      custom(() => 1),
      {},
      createGate([holding('budget', held), slow]),
    );
    await turns();
    expect(held).toHaveLength(1);
    await handle.cancel('enough');
    admission.resolve();
    await turns();
    expect(held).toEqual([]);
  });

  it('S10 records the outcome of an effect even if a step fails to settle it', async () => {
    const broken: GateStep = {
      name: 'budget',
      admit: () => ({ step: 'budget', decision: 'allow' }),
      settle() {
        throw new Error('the ledger is away');
      },
    };
    const { handle, journal } = begin(
      custom(() => 'done'),
      {},
      createGate([broken]),
    );
    await handle.ended;
    expect(payloadsOf(await journal.read('run-1'), 'effect.completed')).toMatchObject([{ outcome: 'success', output: 'done' }]);
  });

  it('a step that never answers is given up at the node’s timeout', async () => {
    const timed = compileSample({ workflow: chain([{ id: 'work', timeout: '20ms' }]) });
    const node = timed.graph.byId.get('work');
    if (!node) throw new Error('no node');
    const prepared = prepareWith(timed, { work: customProgram(node, { name: 'work', handler: () => 1 }) });
    const { result } = await runToEnd(prepared, {}, createGate([{ name: 'silent', admit: () => new Promise(() => {}) }]));
    expect(result).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('20ms') });
  });
});

describe('no way around the gate', () => {
  /** A scope whose effects are performed without asking anybody. */
  function bypassing(input: Json, forged: Permit): NodeScope {
    const workflow = compileSample({ workflow: chain([{ id: 'work' }]) });
    const { signal } = new AbortController();
    return {
      run: 'run-1',
      task: 'root',
      node: workflow.graph.defaultStart,
      input,
      isMerging: true,
      failures: [],
      memory: [],
      recalled: [],
      isFork: false,
      signal,
      async effect(request) {
        if ('tries' in request) return performForged(request);
        const { files: _, ...result } = await request.perform(forged, signal, context.key);
        return result;
      },
      wait: () => Promise.resolve(),
    };
  }
  const forged = new Permit(effect);

  /** Asks who is to be asked, and has it done without a permit. */
  async function performForged(request: TriedRequest): Promise<EffectResult> {
    const { signal } = new AbortController();
    const planned = await request.tries(context.key).next(signal);
    if ('giveUp' in planned) throw new Error(planned.giveUp.message);
    const result = await planned.perform(forged, { signal, onText: () => {} });
    return result.outcome === 'failure' ? { outcome: 'failure', error: result.error } : { outcome: result.outcome, output: result.output };
  }

  it('S20 a custom handler and a reducer do not run without a permit', async () => {
    let calls = 0;
    const count = () => {
      calls += 1;
    };
    const handler = customProgram(compileSample({ workflow: chain([]) }).graph.defaultStart, { name: 'work', handler: count });
    const reducer = reducedProgram({ name: 'sum', reducer: count }, { now: (output) => ({ outcome: 'success', output }) });
    await expect(handler(bypassing({}, forged))).rejects.toMatchObject({ code: 'effect.refused' });
    await expect(reducer(bypassing([], forged))).rejects.toMatchObject({ code: 'effect.refused' });
    expect(calls).toBe(0);
  });

  it('S20 a model is not asked and a tool is not called without a permit', async () => {
    const model = scriptedModel(['{"tool_plan": []}']);
    const prepared = await prepareSample(
      {
        workflow: chain([
          { id: 'ask', agent_id: 'writer' },
          {
            id: 'call',
            handler: 'tools',
            tools: ['write_file'],
            with: { plan: '[{"tool": "write_file", "input": {"path": "a.md", "content": "x"}}]' },
          },
        ]),
        agents: [{ id: 'writer', llm: 'script/any', prompt: 'Write.' }],
        tools: [{ id: 'write_file', type: 'filesystem', entrypoint: 'builtin' }],
      },
      [model],
    );
    const [, ask, call] = prepared.nodes;
    if (!ask || !('program' in ask.work) || !call || !('program' in call.work)) throw new Error('no programs');
    await expect(ask.work.program(bypassing({}, forged))).resolves.toMatchObject({ outcome: 'failure', error: { code: 'effect.refused' } });
    await expect(call.work.program(bypassing({}, forged))).rejects.toMatchObject({ code: 'effect.refused' });
    expect(model.requests).toEqual([]);
  });
});
