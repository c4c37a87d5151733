/* For tests: model calls whose tries end as they are told to, and a gate and books that hold them to a budget. */
import type { JournalEvent, JsonObject } from '@espalier/core';
import { budgetCapsSchema, budgetStep } from '../../gate/budget-step.ts';
import { createGate, type Gate, type GateStep } from '../../gate/gate.ts';
import { Permit } from '../../gate/permit.ts';
import { MemoryJournal } from '../../journal/memory-journal.ts';
import type { NodeProgram, NodeScope, PlannedTry, Tries, TryResult } from '../../ports/node-program.ts';
import { withBooks } from '../../usage/accounting-journal.ts';
import { ProcessBooks } from '../../usage/process-books.ts';

/** How one try ends: at once with a result, or however the function has it. */
export type ScriptedTry = TryResult | ((call: { signal: AbortSignal; onText: (text: string) => void }) => Promise<TryResult>);

const tokens = { input_tokens: 10, output_tokens: 5 };

/** An answer that has cost so many pico-dollars. */
export function answer(text: string, cost = 100n): TryResult {
  return { outcome: 'success', output: { text }, used: { tokens, cost } };
}

/** A failure after which another try may follow. */
export function failure(message: string, used: TryResult['used'] = 'none'): TryResult {
  return { outcome: 'failure', error: { code: 'model.failed', message }, used };
}

export interface TriesOptions {
  /** What is set aside for each try, in pico-dollars. */
  bound?: bigint;
  input?: JsonObject;
  nodeBudgetUsd?: number;
}

/** Makes one model call whose tries end as scripted, and gives its result. */
export function callModel(
  scope: NodeScope,
  script: readonly ScriptedTry[],
  { bound = 1000n, input = {}, nodeBudgetUsd }: TriesOptions = {},
) {
  return scope.effect({
    kind: 'model',
    target: 'chain',
    input,
    agent: 'writer',
    stream: 'live',
    nodeBudgetUsd,
    tries: () => scripted(script, bound),
  });
}

function scripted(script: readonly ScriptedTry[], bound: bigint): Tries {
  let next = 0;
  return {
    route: undefined,
    async next() {
      const scriptedTry = script[next];
      next += 1;
      if (!scriptedTry) return { giveUp: { code: 'model.failed', message: 'Nobody is left to ask.' } };
      return planned(scriptedTry, next, bound);
    },
  };
}

function planned(scriptedTry: ScriptedTry, number: number, bound: bigint): PlannedTry {
  const deployment = `d${number}`;
  return {
    ...{ deployment, provider: 'script', model: deployment, prices: 'test', bound, isFree: false },
    async perform(permit, call) {
      Permit.redeem(permit, 'model', `script/${deployment}`);
      return typeof scriptedTry === 'function' ? scriptedTry(call) : scriptedTry;
    },
  };
}

/** A program of one model call. */
export function modelProgram(script: readonly ScriptedTry[], options: TriesOptions = {}): NodeProgram {
  return async (scope) => callModel(scope, script, options);
}

/** A gate that sets money aside. @param sessionUsd what the session may spend */
export function budgetGate(sessionUsd: number | null, ...steps: GateStep[]): Gate {
  return createGate([...steps, budgetStep(budgetCapsSchema.parse({ session_usd: sessionUsd }), () => Date.UTC(2026, 10, 30))]);
}

/** A memory journal with books, and how often it was appended to. */
export function bookedJournal() {
  const inner = new MemoryJournal();
  const books = new ProcessBooks();
  const commits: JournalEvent['type'][][] = [];
  const journal = withBooks(inner, books.of('default'));
  const counting = {
    ...journal,
    append: async (...appended: Parameters<typeof journal.append>) => {
      await journal.append(...appended);
      commits.push(appended[2].map(({ type }) => type));
    },
  };
  return { journal: counting, inner, commits, ledger: books.ledger('default') };
}
