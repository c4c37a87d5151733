import type { Assertion } from '@espalier/core';
import type { AssertionResult } from '../ports/evaluation-store.ts';
import { abortion } from '../timers/timers.ts';
import type { EvaluatedRun } from './evaluated-run.ts';
import type { PreparedAssertion } from './prepare-assertion.ts';

/** What a case demands, ready to be asked. */
export interface PreparedCase {
  assertions: readonly PreparedAssertion[];
  /** Whether a run that failed fails the case: where no assertion speaks of how the run ends, it has to succeed, if only in part. */
  mustSucceed: boolean;
}

/** @param load makes one assertion ready. */
export async function prepareCase(
  assertions: readonly Assertion[],
  load: (assertion: Assertion) => Promise<PreparedAssertion>,
): Promise<PreparedCase> {
  return { assertions: await Promise.all(assertions.map(load)), mustSucceed: !assertions.some(({ type }) => type === 'status') };
}

/**
 * Asks every assertion, in order; one that fails does not keep the others from being asked. Code that ignores the signal goes on unobserved.
 * @throws what `signal` was aborted with.
 */
export async function judgeCase(prepared: PreparedCase, run: EvaluatedRun, signal: AbortSignal): Promise<AssertionResult[]> {
  return Promise.race([judge(prepared, run, signal), abortion(signal)]);
}

async function judge({ assertions, mustSucceed }: PreparedCase, run: EvaluatedRun, signal: AbortSignal): Promise<AssertionResult[]> {
  const results: AssertionResult[] = [];
  if (mustSucceed && run.ending !== 'success' && run.ending !== 'partial') results.push(unforeseen(run));
  for (const assertion of assertions) results.push(await assertion(run, signal));
  return results;
}

function unforeseen({ ending, reason }: EvaluatedRun): AssertionResult {
  const message = reason ?? 'No assertion of type status foresees this.';
  return { type: 'status', passed: false, expected: 'success or partial', actual: ending, message };
}
