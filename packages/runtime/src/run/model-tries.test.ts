import { EspalierError, type Frame, type JournalEvent, picoDollars } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../ports/journal.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import { chain, compileSample, fan, prepareWith } from './testing/sample-workflow.ts';
import {
  answer,
  bookedJournal,
  budgetGate,
  callModel,
  failure,
  modelProgram,
  type ScriptedTry,
  type TriesOptions,
} from './testing/scripted-tries.ts';
import { driverOn, engineVersion, expectSound, payloadsOf, turns } from './testing/test-driver.ts';

const workflow = compileSample({
  workflow: chain([{ id: 'ask', agent_id: 'writer' }]),
  agents: [{ id: 'writer', llm: 'offline/text', prompt: 'x' }],
});

interface Options extends TriesOptions {
  sessionUsd?: number | null;
  watch?: (frame: Frame) => void;
}

/** A run of one node that makes one model call. */
async function run(script: readonly ScriptedTry[] | NodeProgram, { sessionUsd = 2, watch, ...options }: Options = {}) {
  const prepared = prepareWith(workflow, { ask: typeof script === 'function' ? script : modelProgram(script, options) });
  const booked = bookedJournal();
  const handle = driverOn(booked.journal, { gate: budgetGate(sessionUsd) }).start(prepared, {
    run: 'run-1',
    input: {},
    engineVersion,
    watch,
  });
  const result = await handle.ended;
  const events = await booked.journal.read('run-1');
  expectSound(prepared, events);
  return { ...booked, result, events };
}

const types = (events: readonly JournalEvent[]) => events.map(({ type }) => type).filter((type) => /^(effect|usage|budget)/.test(type));
const total = async ({ ledger }: Pick<ReturnType<typeof bookedJournal>, 'ledger'>) => (await ledger.usage({ by: 'run' }))[0];
const session = async ({ ledger }: Pick<ReturnType<typeof bookedJournal>, 'ledger'>) => (await ledger.budgets({ scope: 'session' }))[0];

/** One pico-dollar less than `amount`, in dollars: too little for it. */
const lessThan = (amount: bigint) => Number(amount - 1n) / 1e12;

describe('S9 S21 a model call', () => {
  it('reserves in the commit that begins it and is settled in the one that ends it', async () => {
    const ran = await run([answer('hello', 250n)]);
    expect(ran.result).toMatchObject({ outcome: 'success', output: { text: 'hello' } });
    expect(types(ran.events)).toEqual(['effect.started', 'usage.recorded', 'effect.completed']);
    expect(payloadsOf(ran.events, 'effect.started')[0]).toMatchObject({
      target: 'chain',
      reservation: { deployment: 'd1', amount: '1000', scopes: [{ scope: 'session', subject: 'run-1', cap: String(picoDollars(2)) }] },
    });
    expect(ran.commits.some((commit) => commit.includes('usage.recorded') && commit.includes('effect.completed'))).toBe(true);
    expect(await session(ran)).toMatchObject({ spent: 250n, reserved: 0n });
    expect(await total(ran)).toMatchObject({ requests: 1, cost: 250n, input_tokens: 10, output_tokens: 5 });
  });

  it('settles one try and reserves the next in one commit', async () => {
    const ran = await run([failure('overloaded'), answer('hello')]);
    expect(types(ran.events)).toEqual(['effect.started', 'usage.recorded', 'effect.started', 'usage.recorded', 'effect.completed']);
    expect(
      payloadsOf(ran.events, 'effect.started').map(({ key, try: number, reservation }) => [key, number, reservation?.deployment]),
    ).toEqual([
      ['run-1/root/ask/0', 1, 'd1'],
      ['run-1/root/ask/0', 2, 'd2'],
    ]);
    expect(ran.commits.some((commit) => commit.includes('usage.recorded') && commit.includes('effect.started'))).toBe(true);
    expect(payloadsOf(ran.events, 'usage.recorded')[0]).toMatchObject({ try: 1, cost: '0', error: { message: 'overloaded' } });
    expect(payloadsOf(ran.events, 'effect.completed')).toMatchObject([{ try: 2, outcome: 'success' }]);
  });

  it('fails with what the last one to be asked said, once nobody is left', async () => {
    const ran = await run([failure('one'), failure('two')]);
    expect(ran.result).toMatchObject({ outcome: 'failure', reason: 'ask: Nobody is left to ask.' });
    expect(payloadsOf(ran.events, 'effect.completed')).toMatchObject([{ try: 2, outcome: 'failure' }]);
  });

  it('that nobody can be asked for is refused, and that is on record', async () => {
    const ran = await run([]);
    expect(types(ran.events)).toEqual(['effect.refused']);
    expect(ran.result.outcome).toBe('failure');
  });

  it('counts all that was reserved as spent if nobody knows what it has cost', async () => {
    const ran = await run([failure('broke off', 'unknown'), answer('hello', 250n)]);
    expect(payloadsOf(ran.events, 'usage.assumed')).toMatchObject([{ try: 1, cost: '1000', error: { message: 'broke off' } }]);
    expect(await session(ran)).toMatchObject({ spent: 1250n, reserved: 0n });
    expect(await total(ran)).toMatchObject({ cost: 1250n, assumed: 1000n, assumed_requests: 1 });
  });

  it('of which more is charged than could be reserved closes the budgets', async () => {
    const ran = await run([answer('hello', 1001n)]);
    expect(payloadsOf(ran.events, 'budget.overrun')).toMatchObject([{ reserved: '1000', cost: '1001' }]);
    expect(await session(ran)).toMatchObject({ spent: 1001n, isClosed: true });
  });
});

describe('GRD-5 S21 a budget', () => {
  it('that does not hold what a call may cost refuses it in the commit, and nobody is asked', async () => {
    let asked = 0;
    const count: ScriptedTry = async () => {
      asked += 1;
      return answer('hello');
    };
    const ran = await run([count], { sessionUsd: lessThan(1000n) });
    expect(asked).toBe(0);
    expect(types(ran.events)).toEqual(['effect.refused']);
    expect(payloadsOf(ran.events, 'effect.refused')[0]).toMatchObject({
      verdicts: [
        { step: 'budget', decision: 'allow' },
        { step: 'budget', decision: 'deny' },
      ],
      error: { code: 'budget.exceeded', details: { scope: 'session', cap: '999', wanted: '1000' } },
    });
    expect(ran.result).toMatchObject({ status: 'completed', outcome: 'failure', reason: expect.stringContaining('$') });
    expect(await total(ran)).toBeUndefined();
  });

  it('that is exactly enough is enough', async () => {
    expect((await run([answer('hello')], { sessionUsd: 1000e-12 })).result.outcome).toBe('success');
  });

  it('is asked again before a fallback', async () => {
    const ran = await run([failure('broke off', 'unknown'), answer('hello')], { sessionUsd: lessThan(2000n) });
    expect(types(ran.events)).toEqual(['effect.started', 'usage.assumed', 'effect.refused']);
    expect(payloadsOf(ran.events, 'effect.refused')).toMatchObject([{ try: 2, error: { code: 'budget.exceeded' } }]);
    expect(ran.result.outcome).toBe('failure');
  });

  it('that comes to 80 % of its cap says so in the journal, and the run goes on', async () => {
    const ran = await run([answer('hello', 250n)], { sessionUsd: 1250e-12 });
    expect(ran.result.outcome).toBe('success');
    const budget = { scope: 'session', subject: 'run-1', period: '', cap: '1250' };
    expect(payloadsOf(ran.events, 'budget.alerted')).toEqual([
      { key: 'run-1/root/ask/0', try: 1, task: 'root', node: 'ask', budget, used: '1000' },
    ]);
  });

  it('of a node holds for its visit alone', async () => {
    const ran = await run([failure('broke off', 'unknown'), answer('hello')], { nodeBudgetUsd: lessThan(2000n) });
    expect(payloadsOf(ran.events, 'effect.refused')[0]?.error.details).toMatchObject({ scope: 'node', subject: 'run-1/root/ask' });
  });

  it('S16 that has room for one of two calls side by side lets one of them through', async () => {
    const second = Promise.withResolvers<void>();
    const two: NodeProgram = async (scope) => {
      const first = callModel(scope, [() => second.promise.then(() => answer('a'))], { input: { n: 1 } });
      const other = callModel(scope, [answer('b')], { input: { n: 2 } }).finally(() => second.resolve());
      const results = await Promise.all([first, other]);
      return { outcome: 'success', output: results.map(({ outcome }) => outcome) };
    };
    const ran = await run(two, { sessionUsd: lessThan(2000n) });
    expect(ran.result.output).toEqual(['success', 'failure']);
    expect(await session(ran)).toMatchObject({ spent: 100n, reserved: 0n });
  });

  it('refuses one call and everything else of the same commit is written', async () => {
    const arms = compileSample({
      workflow: fan(
        [
          { id: 'rich', agent_id: 'writer' },
          { id: 'poor', agent_id: 'writer' },
        ],
        { merge: { on_failure: 'partial' } },
      ),
      agents: [{ id: 'writer', llm: 'offline/text', prompt: 'x' }],
    });
    const held = Promise.withResolvers<void>();
    const prepared = prepareWith(arms, {
      rich: modelProgram([async () => held.promise.then(() => answer('rich'))]),
      poor: async (scope) => {
        const result = await callModel(scope, [answer('poor')], { bound: 5000n });
        held.resolve();
        return result;
      },
    });
    const booked = bookedJournal();
    const handle = driverOn(booked.journal, { gate: budgetGate(4000e-12) }).start(prepared, { run: 'run-1', input: {}, engineVersion });
    const result = await handle.ended;
    const events = await booked.journal.read('run-1');
    expectSound(prepared, events);
    expect(result).toMatchObject({ status: 'completed', outcome: 'partial' });
    expect(payloadsOf(events, 'effect.refused')).toMatchObject([{ node: 'poor' }]);
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ node: 'rich', outcome: 'success' }]);
    expect(await session(booked)).toMatchObject({ spent: 100n, reserved: 0n });
  });
});

describe('S10 a model call at recovery', () => {
  /** The journal and books of a process that ended while the call was under way. */
  async function interrupted(script: readonly ScriptedTry[]) {
    const booked = bookedJournal();
    const prepared = prepareWith(workflow, { ask: modelProgram(script) });
    const handle = driverOn(booked.journal, { gate: budgetGate(2) }).start(prepared, { run: 'run-1', input: {}, engineVersion });
    await turns(10);
    void handle.ended.catch(() => {});
    const cut = booked.journal.read('run-1').then((events) => JSON.parse(JSON.stringify(events)) as JournalEvent[]);
    return { booked, events: await cut };
  }

  async function resumed(
    events: readonly JournalEvent[],
    { booked, script }: { booked: ReturnType<typeof bookedJournal>; script: readonly ScriptedTry[] },
  ) {
    const prepared = prepareWith(workflow, { ask: modelProgram(script) });
    const handle = await driverOn(booked.journal, { gate: budgetGate(2) }).resume(prepared, 'run-1');
    const result = await handle.ended;
    const all = await booked.journal.read('run-1');
    expectSound(prepared, all);
    return { result, events: all.slice(events.length) };
  }

  const never: ScriptedTry = () => new Promise(() => {});

  it('settles the old try as assumed and reserves anew in one commit', async () => {
    const { booked, events } = await interrupted([never]);
    const before = booked.commits.length;
    const after = await resumed(events, { booked, script: [answer('again', 250n)] });
    expect(after.result.output).toEqual({ text: 'again' });
    expect(booked.commits.slice(before)[0]).toEqual(['usage.assumed', 'effect.started']);
    expect(payloadsOf(after.events, 'usage.assumed')).toMatchObject([{ try: 1, cost: '1000' }]);
    expect(payloadsOf(after.events, 'effect.started')).toMatchObject([{ try: 2, key: 'run-1/root/ask/0' }]);
    expect(await session(booked)).toMatchObject({ spent: 1250n, reserved: 0n });
  });

  it('does not assume what was settled', async () => {
    const { booked, events } = await interrupted([failure('overloaded'), never]);
    const after = await resumed(events, { booked, script: [answer('again', 250n)] });
    expect(payloadsOf(after.events, 'usage.assumed')).toMatchObject([{ try: 2 }]);
    expect(await session(booked)).toMatchObject({ spent: 1250n });
  });
});

describe('ENG-X8 a model call that is abandoned', () => {
  const never: ScriptedTry = () => new Promise(() => {});

  it('counts as all that it may have cost when the run is cancelled', async () => {
    const booked = bookedJournal();
    const prepared = prepareWith(workflow, { ask: modelProgram([never]) });
    const handle = driverOn(booked.journal, { gate: budgetGate(2) }).start(prepared, { run: 'run-1', input: {}, engineVersion });
    await turns(10);
    await handle.cancel('enough');
    await handle.ended;
    const events = await booked.journal.read('run-1');
    expectSound(prepared, events);
    expect(types(events)).toEqual(['effect.started', 'usage.assumed', 'effect.completed']);
    expect(await session(booked)).toMatchObject({ spent: 1000n, reserved: 0n });
  });

  it('and when its node runs out of time', async () => {
    const timed = compileSample({ workflow: chain([{ id: 'ask', timeout: '20ms' }]) });
    const booked = bookedJournal();
    const prepared = prepareWith(timed, { ask: modelProgram([never]) });
    const { outcome } = await driverOn(booked.journal, { gate: budgetGate(2) }).start(prepared, { run: 'run-1', input: {}, engineVersion })
      .ended;
    expect(outcome).toBe('failure');
    expectSound(prepared, await booked.journal.read('run-1'));
    expect(await session(booked)).toMatchObject({ spent: 1000n, reserved: 0n });
  });
});

describe('S24 frames', () => {
  const speaking = (pieces: readonly string[], end: (text: string) => ReturnType<typeof answer>): ScriptedTry => {
    return async ({ onText }) => {
      for (const piece of pieces) onText(piece);
      return end(pieces.join(''));
    };
  };

  it('show the text as it comes, each with its place, and the end', async () => {
    const frames: Frame[] = [];
    await run([speaking(['Hel', 'lo'], answer)], { watch: (frame) => void frames.push(frame) });
    expect(frames).toMatchObject([
      { kind: 'delta', text: 'Hel', offset: 0, effect: 'run-1/root/ask/0', try: 1, node: 'ask' },
      { kind: 'delta', text: 'lo', offset: 3 },
      { kind: 'done', offset: 5 },
    ]);
  });

  it('begin again with a reset when another try takes over', async () => {
    const frames: Frame[] = [];
    const script = [speaking(['Hel'], () => failure('broke off', 'unknown')), speaking(['Good day'], answer)];
    await run(script, { watch: (frame) => void frames.push(frame) });
    expect(frames.map(({ kind, try: number, offset }) => `${kind} ${number} ${offset}`)).toEqual([
      'delta 1 0',
      'reset 2 0',
      'delta 2 0',
      'done 2 8',
    ]);
  });

  it('are nobody’s fault: a watcher that throws changes nothing', async () => {
    const ran = await run([speaking(['a'], answer)], {
      watch: () => {
        throw new Error('not the concern of the run');
      },
    });
    expect(ran.result.outcome).toBe('success');
  });
});

describe('S13 a budget that refuses while others append', () => {
  it('leaves both on record', async () => {
    const booked = bookedJournal();
    let isFirst = true;
    const contended: Journal = {
      ...booked.journal,
      async append(run, seq, events) {
        // A person pauses the run just before the call is refused.
        if (events.some(({ type }) => type === 'effect.refused') && isFirst) {
          isFirst = false;
          await booked.journal.append(run, seq, [{ type: 'run.cancel_requested', payload: { reason: 'enough' }, at: 1 }]);
          throw new EspalierError('journal.stale_seq', 'Somebody else came first.');
        }
        return booked.journal.append(run, seq, events);
      },
    };
    const twice: NodeProgram = async (scope) => {
      await callModel(scope, [answer('free', 0n)], { bound: 0n, input: { n: 1 } });
      return callModel(scope, [answer('never')], { input: { n: 2 } });
    };
    const prepared = prepareWith(workflow, { ask: twice });
    const handle = driverOn(contended, { gate: budgetGate(lessThan(1000n)) }).start(prepared, { run: 'run-1', input: {}, engineVersion });
    expect(await handle.ended).toMatchObject({ status: 'cancelled' });
    expectSound(prepared, await booked.journal.read('run-1'));
  });
});
