import { describe, expect, it } from 'vitest';
import type { Journal } from '../ports/journal.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import type { RunHandle } from './driver.ts';
import { probe } from './testing/probe-programs.ts';
import { compileSample, fan, prepareWith } from './testing/sample-workflow.ts';
import { answer, bookedJournal, budgetGate, callModel, type ScriptedTry } from './testing/scripted-tries.ts';
import { driverOn, engineVersion, expectSound, payloadsOf } from './testing/test-driver.ts';

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Too little for what a call of these tests may cost, which is 1000 pico-dollars. */
const tooLittle = 999e-12;

interface Arms {
  arms: Record<string, NodeProgram>;
  timeouts?: Record<string, string>;
  sessionUsd?: number;
  /** What stands between the driver and its journal. */
  between?: (journal: Journal) => Partial<Journal>;
  /** Called with the run as soon as it is under way. */
  meanwhile?: (handle: RunHandle) => void;
}

/** A run of several nodes side by side. */
async function run({ arms, timeouts = {}, sessionUsd = tooLittle, between = () => ({}), meanwhile = () => {} }: Arms) {
  const nodes = Object.keys(arms).map((id) => ({ id, ...(timeouts[id] ? { timeout: timeouts[id] } : {}) }));
  const prepared = prepareWith(compileSample({ workflow: fan(nodes, { merge: { on_failure: 'partial' } }) }), arms);
  const booked = bookedJournal();
  const journal = { ...booked.journal, ...between(booked.journal) };
  const handle = driverOn(journal, { gate: budgetGate(sessionUsd) }).start(prepared, { run: 'run-1', input: {}, engineVersion });
  meanwhile(handle);
  const result = await handle.ended;
  const events = await booked.journal.read('run-1');
  expectSound(prepared, events);
  return { result, events, session: (await booked.ledger.budgets({ scope: 'session' }))[0] };
}

describe('S13 S21 a start that a budget refuses', () => {
  it.each([0, 30])('loses nothing that comes in while the journal is read again, for %i ms', async (readMs) => {
    let performed = 0;
    let release = () => {};
    const tool: NodeProgram = (scope) =>
      probe(scope, async () => {
        performed += 1;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return 'ok';
      });
    const poor: NodeProgram = async (scope) => {
      await pause(20);
      return callModel(scope, [answer('never')]);
    };
    const between = (journal: Journal) => ({
      async read(of: string, after?: number) {
        const seen = await journal.read(of, after);
        release();
        if (readMs > 0) await pause(readMs);
        return seen;
      },
    });
    const { result, events } = await run({ arms: { tool, poor }, between });
    expect(performed).toBe(1);
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ node: 'tool', outcome: 'success' }]);
    expect(payloadsOf(events, 'node.completed').filter(({ node }) => node === 'tool')).toHaveLength(1);
    expect(result.outcome).toBe('partial');
  });

  it.each(['a time-out', 'a cancellation'])('and that ends by %s in the same commit leaves no cost behind', async (end) => {
    const tool: NodeProgram = (scope) => probe(scope, async () => 'ok');
    const poor: NodeProgram = async (scope) => {
      await pause(30);
      return callModel(scope, [answer('never')]);
    };
    // Everything waits behind the commit in which the tool ended.
    const between = (journal: Journal) => ({
      append: async (...appended: Parameters<Journal['append']>) => {
        if (appended[2].some(({ type }) => type === 'effect.completed')) await pause(150);
        return journal.append(...appended);
      },
    });
    const isCancelled = end === 'a cancellation';
    const { events, session } = await run({
      arms: { tool, poor },
      timeouts: isCancelled ? {} : { poor: '60ms' },
      between,
      meanwhile: (handle) => {
        if (isCancelled) setTimeout(() => void handle.cancel('enough'), 60);
      },
    });
    expect([...payloadsOf(events, 'usage.assumed'), ...payloadsOf(events, 'usage.recorded')]).toEqual([]);
    expect(session?.spent ?? 0n).toBe(0n);
  });
});

describe('S21 a call that is abandoned before its start is in the journal', () => {
  it('was never made: nothing is charged, and nothing stays set aside', async () => {
    let asked = 0;
    const count: ScriptedTry = async () => {
      asked += 1;
      return answer('late');
    };
    const tool: NodeProgram = (scope) => probe(scope, async () => 'ok');
    const ask: NodeProgram = async (scope) => {
      await pause(30);
      return callModel(scope, [count]);
    };
    const between = (journal: Journal) => ({
      append: async (...appended: Parameters<Journal['append']>) => {
        if (appended[2].some(({ type }) => type === 'effect.completed')) await pause(150);
        return journal.append(...appended);
      },
    });
    const { events, session } = await run({ arms: { tool, ask }, timeouts: { ask: '60ms' }, sessionUsd: 2, between });
    expect(asked).toBe(0);
    expect(payloadsOf(events, 'usage.recorded')).toMatchObject([{ node: 'ask', cost: '0' }]);
    expect(payloadsOf(events, 'usage.assumed')).toEqual([]);
    expect(session).toMatchObject({ spent: 0n, reserved: 0n });
  });
});
