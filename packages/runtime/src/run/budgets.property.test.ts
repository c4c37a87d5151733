import { EspalierError, verify } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../gate/gate.ts';
import type { Journal } from '../ports/journal.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { chain, compileSample, prepareWith } from './testing/sample-workflow.ts';
import { answer, bookedJournal, budgetGate, callModel, failure, type ScriptedTry } from './testing/scripted-tries.ts';
import { driverOn, engineVersion } from './testing/test-driver.ts';

/** How one request ends, and after how many turns of the event loop: with so much of what was set aside for it spent, for nothing, or nobody knows. */
type Ending = { turns: number } & ({ ends: 'answered' | 'failed'; share: number } | { ends: 'turned down' | 'broken off' });

interface Call {
  bound: number;
  tries: Ending[];
}

/** A run: groups of calls, those of a group side by side; and what happens to it meanwhile. */
interface Plan {
  groups: Call[][];
  /** After so many commits its process is gone; a list, for the process that goes on with it may go as well. */
  crashes: number[];
  /** After so many commits a person cancels it. */
  cancelledAfter: number | undefined;
}

const turns = fc.integer({ min: 1, max: 12 });
const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({ turns, ends: fc.constantFrom('answered' as const, 'failed' as const), share: fc.nat({ max: 100 }) }),
  fc.record({ turns, ends: fc.constantFrom('turned down' as const, 'broken off' as const) }),
);
const call: fc.Arbitrary<Call> = fc.record({
  bound: fc.integer({ min: 1, max: 60 }),
  tries: fc.array(ending, { minLength: 1, maxLength: 3 }),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  groups: fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  crashes: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
  cancelledAfter: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 4 }),
});

const workflow = compileSample({ workflow: chain([{ id: 'ask' }]) });

function tryOf(asked: Ending, bound: number): ScriptedTry {
  const tokens = { input_tokens: 1, output_tokens: 1 };
  return async () => {
    for (let turn = 0; turn < asked.turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (asked.ends === 'turned down') return failure('turned down');
    if (asked.ends === 'broken off') return failure('broken off', 'unknown');
    const share = 'share' in asked ? asked.share : 0;
    const cost = BigInt(Math.floor((bound * share) / 100));
    return asked.ends === 'answered' ? answer('done', cost) : failure('failed', { tokens, cost });
  };
}

function program({ groups }: Plan): NodeProgram {
  return async (scope) => {
    for (const [index, calls] of groups.entries()) {
      const ask = ({ bound, tries }: Call, number: number) =>
        callModel(
          scope,
          tries.map((each) => tryOf(each, bound)),
          { bound: BigInt(bound), input: { index, number } },
        );
      await Promise.all(calls.map(ask));
    }
    return { outcome: 'success', output: 'done' };
  };
}

class Died extends Error {}

/** The journal as one process sees it: after so many commits nothing of it gets through any more. */
function untilDeath(journal: Journal, commits: number, onCommit: () => Promise<void>): Journal {
  let left = commits;
  return {
    ...journal,
    async append(...appended) {
      if (left <= 0) throw new Died('the process is gone');
      left -= 1;
      await journal.append(...appended);
      await onCommit();
    },
  };
}

interface Played {
  run: string;
  prepared: PreparedWorkflow;
  journal: Journal;
  gate: Gate;
  plan: Plan;
  onCommit(): Promise<void>;
}

/** Performs a run to its end, in as many processes as it takes. */
async function play({ run, prepared, journal, gate, plan: { crashes, cancelledAfter }, onCommit }: Played): Promise<void> {
  let commits = 0;
  let cancel = () => {};
  const counted = async () => {
    commits += 1;
    await onCommit();
    if (commits === cancelledAfter) cancel();
  };
  for (const lifetime of [...crashes, Number.POSITIVE_INFINITY]) {
    const driver = driverOn(untilDeath(journal, lifetime, counted), { gate });
    const isNew = (await journal.read(run)).length === 0;
    const options = { run, input: {}, session: 'shared', user: 'ann', engineVersion };
    const handle = isNew ? driver.start(prepared, options) : await driver.resume(prepared, run);
    cancel = () => void handle.cancel('enough').catch(() => {});
    const isOver = await handle.ended.then(
      () => true,
      (thrown: unknown) => {
        if (thrown instanceof Died) return false;
        throw thrown;
      },
    );
    if (isOver) return;
  }
}

describe('S21 runs that share budgets', () => {
  it('never have more spent and set aside than a cap allows, whatever fails, is cancelled or dies', { timeout: 120_000 }, async () => {
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 4 }), fc.integer({ min: 20, max: 400 }), async (plans, cap) => {
        const { journal, ledger } = bookedJournal();
        const gate = budgetGate(cap / 1e12);
        const check = async () => {
          for (const budget of await ledger.budgets()) expect(budget.spent + budget.reserved).toBeLessThanOrEqual(budget.cap);
        };
        const prepared = plans.map((each) => prepareWith(workflow, { ask: program(each) }));
        const all = plans.map((each, index) => {
          return play({ run: `run-${index}`, prepared: prepared[index] as PreparedWorkflow, journal, gate, plan: each, onCommit: check });
        });
        await Promise.all(all);
        await check();
        const budgets = await ledger.budgets({ scope: 'session' });
        const usage = await ledger.usage({ by: 'session' });
        expect(budgets.map(({ reserved }) => reserved).filter((reserved) => reserved !== 0n)).toEqual([]);
        expect(usage[0]?.cost ?? 0n).toBe(budgets[0]?.spent ?? 0n);
        for (const index of plans.keys()) {
          const events = await journal.read(`run-${index}`);
          expect(verify(workflow.graph, events)).toEqual({ ok: true, events: events.length, ended: true });
          expectSettledOnce(events);
          refusals += events.filter(({ type, payload }) => type === 'effect.refused' && payload.error.code === 'budget.exceeded').length;
        }
      }),
      { numRuns: 500 },
    );
    expect(refusals).toBeGreaterThan(50); // otherwise the caps were never reached
  });
});

/** Every request that was begun is settled, and once. */
function expectSettledOnce(events: Awaited<ReturnType<Journal['read']>>): void {
  const begun = events.flatMap(({ type, payload }) => (type === 'effect.started' ? [`${payload.key} ${payload.try}`] : []));
  const settled = events.flatMap(({ type, payload }) => {
    return type === 'usage.recorded' || type === 'usage.assumed' ? [`${payload.key} ${payload.try}`] : [];
  });
  if (new Set(settled).size !== settled.length) throw new EspalierError('internal.defect', `settled twice: ${settled.join(', ')}`);
  expect(settled.toSorted()).toEqual(begun.toSorted());
}
