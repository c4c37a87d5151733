import type { JournalEvent } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetCapsSchema, budgetStep } from '../gate/budget-step.ts';
import { createGate, type Gate } from '../gate/gate.ts';
import type { Journal } from '../ports/journal.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { type Death, MortalJournal } from './testing/mortal-journal.ts';
import { chain, compileSample, prepareWith } from './testing/sample-workflow.ts';
import { answer, bookedJournal, callModel, failure, type ScriptedTry } from './testing/scripted-tries.ts';
import { driverOn, engineVersion, expectSound, payloadsOf } from './testing/test-driver.ts';

/** How one request ends, and after how many turns of the event loop: with so much of what was set aside for it spent, for nothing, or nobody knows. */
type Ending = { turns: number } & ({ ends: 'answered' | 'failed'; share: number } | { ends: 'turned down' | 'broken off' });

interface Call {
  bound: number;
  tries: Ending[];
}

/** A run: groups of calls, those of a group side by side; and what happens to it meanwhile. */
interface Plan {
  groups: Call[][];
  /** Ends of its processes; a list, for the process that goes on with it may go as well. */
  crashes: Crash[];
  /** After so many commits a person cancels it. */
  cancelledAfter: number | undefined;
  /** Whether its node has so little time that some calls are abandoned. */
  isHurried: boolean;
  session: string;
  user: string;
}

/** After how many commits a process is gone, and what becomes of the one that it dies in: it is not written; or it is, and nobody hears of it. */
interface Crash {
  commits: number;
  death: Death;
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
  crashes: fc.array(
    fc.record({ commits: fc.integer({ min: 1, max: 6 }), death: fc.constantFrom<Death[]>('refused', 'written', 'silent') }),
    { maxLength: 2 },
  ),
  cancelledAfter: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 4 }),
  isHurried: fc.nat({ max: 4 }).map((dice) => dice === 0),
  session: fc.constantFrom('one', 'two'),
  user: fc.constantFrom('ann', 'bob'),
});

const patient = compileSample({ workflow: chain([{ id: 'ask' }]) });
const hurried = compileSample({ workflow: chain([{ id: 'ask', timeout: '2ms' }]) });

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

interface Played {
  run: string;
  prepared: PreparedWorkflow;
  journal: Journal;
  gate: Gate;
  plan: Plan;
  onCommit(): Promise<void>;
}

/** Performs a run to its end, in as many processes as it takes. */
async function play({ run, prepared, journal, gate, plan: { crashes, cancelledAfter, session, user }, onCommit }: Played): Promise<void> {
  let commits = 0;
  let cancel = () => {};
  const counted: Journal = {
    ...journal,
    async append(...appended) {
      await journal.append(...appended);
      commits += 1;
      await onCommit();
      if (commits === cancelledAfter) cancel();
    },
  };
  for (const crash of [...crashes, { commits: Number.POSITIVE_INFINITY, death: 'refused' as const }]) {
    const mortal = new MortalJournal(counted, crash);
    const driver = driverOn(mortal, { gate });
    const isNew = (await journal.read(run)).length === 0;
    const handle = isNew ? driver.start(prepared, { run, input: {}, session, user, engineVersion }) : await driver.resume(prepared, run);
    cancel = () => void handle.cancel('enough').catch(() => {});
    const end = await Promise.race([handle.ended.then(() => 'over'), mortal.died.then(() => 'dead')]).catch(async (thrown) => {
      if (mortal.appends > crash.commits) return 'dead';
      throw thrown;
    });
    if (end === 'over') return;
  }
}

/** What all may spend together is less than what each may by itself; a session and a user have less still. */
function gateFor(cap: number): Gate {
  const caps = { session_usd: cap / 1e12, user_day_usd: (cap * 1.3) / 1e12, tenant_day_usd: (cap * 1.6) / 1e12 };
  return createGate([budgetStep(budgetCapsSchema.parse(caps), () => Date.UTC(2026, 10, 30))]);
}

describe('GRD-5 S21 runs that share budgets', () => {
  it('never have more spent and set aside than a cap allows, whatever fails, is cancelled or dies', { timeout: 120_000 }, async () => {
    const seen = { refusals: new Set<string>(), recovered: 0, abandoned: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 4 }), fc.integer({ min: 20, max: 400 }), async (plans, cap) => {
        const { journal, ledger } = bookedJournal();
        const gate = gateFor(cap);
        const onCommit = async () => {
          for (const { spent, reserved, cap: most } of await ledger.budgets())
            expect(spent + reserved <= most && reserved >= 0n).toBe(true);
        };
        const runs = plans.map((each, index) => {
          const prepared = prepareWith(each.isHurried ? hurried : patient, { ask: program(each) });
          return { run: `run-${index}`, prepared, journal, gate, plan: each, onCommit };
        });
        await Promise.all(runs.map(play));
        const journals = await Promise.all(runs.map(({ run }) => journal.read(run)));
        for (const [index, events] of journals.entries()) expectSound(runs[index]?.prepared ?? prepareWith(patient, {}), events);
        await expectBooks(ledger, journals.flatMap(settlements));
        for (const { payload } of journals.flat().filter((event) => event.type === 'effect.refused')) {
          if (payload.error.code === 'budget.exceeded') seen.refusals.add(String(payload.error.details?.scope));
        }
        const assumed = journals.flatMap((events) => payloadsOf(events, 'usage.assumed'));
        seen.recovered += assumed.filter(({ error }) => error.code === 'effect.outcome_unknown').length;
        seen.abandoned += assumed.filter(({ error }) => error.code === 'effect.cancelled').length;
      }),
      { numRuns: 500, seed: 1 },
    );
    // Otherwise the caps were never reached, and nobody died in the middle of a call.
    expect(seen.refusals).toEqual(new Set(['session', 'user_day', 'tenant_day']));
    expect(seen.recovered).toBeGreaterThan(100);
    expect(seen.abandoned).toBeGreaterThan(100);
  });
});

interface Settled {
  scopes: string[];
  cost: bigint;
}

/** What every request that was begun has cost. @throws Error unless each is settled, and once. */
function settlements(events: readonly JournalEvent[]): Settled[] {
  const settled = [...payloadsOf(events, 'usage.recorded'), ...payloadsOf(events, 'usage.assumed')];
  const begun = payloadsOf(events, 'effect.started');
  expect(settled.map(nameOf).sort()).toEqual(begun.map(nameOf).sort());
  return begun.map((each) => {
    const cost = settled.find((other) => nameOf(other) === nameOf(each))?.cost ?? '0';
    return { scopes: (each.reservation?.scopes ?? []).map(({ scope, subject }) => `${scope} ${subject}`), cost: BigInt(cost) };
  });
}

function nameOf({ key, try: number }: { key: string; try: number }): string {
  return `${number} ${key}`;
}

/** Nothing is set aside any more, and what is spent is what the requests have cost. */
async function expectBooks(ledger: Ledger, settled: readonly Settled[]): Promise<void> {
  const total = (some: readonly Settled[]) => some.reduce((sum, { cost }) => sum + cost, 0n);
  for (const { scope, subject, spent, reserved } of await ledger.budgets()) {
    const own = settled.filter(({ scopes }) => scopes.includes(`${scope} ${subject}`));
    expect([scope, subject, spent, reserved]).toEqual([scope, subject, total(own), 0n]);
  }
  const rows = await ledger.usage({ by: 'run' });
  expect(rows.reduce((sum, { cost }) => sum + cost, 0n)).toBe(total(settled));
  expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(settled.length);
}
