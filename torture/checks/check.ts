import type { Evidence, Violation } from '../evidence.ts';
import { checkBooks } from './check-books.ts';
import { checkEffects } from './check-effects.ts';
import { checkLog } from './check-log.ts';
import { checkRuns } from './check-runs.ts';

/** Everything that is wrong with what a torture left behind; empty if nothing is. */
export function check(evidence: Evidence): Violation[] {
  return [...checkRuns(evidence), ...checkEffects(evidence), ...checkBooks(evidence), ...checkLog(evidence)];
}
