import type { CaseResult, Evaluation } from '../ports/evaluation-store.ts';

/** How a case stands in the newer of two evaluations against the older one; `failing` is whatever did not pass. */
export type CaseChange = 'newly_failing' | 'newly_passing' | 'still_failing' | 'still_passing' | 'added' | 'removed';

export interface CaseComparison {
  suite: string;
  case: string;
  change: CaseChange;
  /** Whether the output is another one; false unless both runs came to one. */
  output_changed: boolean;
  /** Newer by older; null unless both ran for at least a millisecond. */
  duration_ratio: number | null;
  older: CaseResult | null;
  newer: CaseResult | null;
}

/** Two evaluations of one workflow side by side. */
export interface EvaluationComparison {
  older: EvaluationHead;
  newer: EvaluationHead;
  /** The files of the workflow that are not what they were, added and removed ones included; sorted. */
  changed_files: string[];
  /** Newer by older, of all cases that both have; null if there is nothing to divide by. */
  duration_ratio: number | null;
  /** The order of the newer one; what it lacks comes last. */
  cases: CaseComparison[];
}

export type EvaluationHead = Pick<Evaluation, 'evaluation' | 'workflow' | 'workflow_hash' | 'engine_version' | 'started_at' | 'filter'>;

/** Compares case by case. Cases that a filter left out of the newer evaluation are not called removed. */
export function compareEvaluations(older: Evaluation, newer: Evaluation): EvaluationComparison {
  const before = new Map(older.cases.map((result) => [keyOf(result), result]));
  const after = new Set(newer.cases.map(keyOf));
  const gone = newer.filter === undefined ? older.cases.filter((result) => !after.has(keyOf(result))) : [];
  const both = newer.cases.flatMap((result) => {
    const earlier = before.get(keyOf(result));
    return earlier ? [{ earlier, result }] : [];
  });
  return {
    older: headOf(older),
    newer: headOf(newer),
    changed_files: changedFiles(older.hashes, newer.hashes),
    duration_ratio: ratio(sum(both.map(({ earlier }) => earlier.duration_ms)), sum(both.map(({ result }) => result.duration_ms))),
    cases: [
      ...newer.cases.map((result) => compared(before.get(keyOf(result)) ?? null, result)),
      ...gone.map((result) => compared(result, null)),
    ],
  };
}

/** Whether a case fails that did not fail before: it passed, or is new. */
export function isRegression({ change, newer }: CaseComparison): boolean {
  return change === 'newly_failing' || (change === 'added' && newer?.outcome !== 'passed');
}

function keyOf(result: CaseResult): string {
  return JSON.stringify([result.suite, result.case]);
}

function headOf({ evaluation, workflow, workflow_hash, engine_version, started_at, filter }: Evaluation): EvaluationHead {
  const head = { evaluation, workflow, workflow_hash, engine_version, started_at };
  return filter === undefined ? head : { ...head, filter };
}

function compared(older: CaseResult | null, newer: CaseResult | null): CaseComparison {
  const { suite = '', case: id = '' } = newer ?? older ?? {};
  const hashes = [older?.output_hash, newer?.output_hash];
  return {
    suite,
    case: id,
    change: changeOf(older, newer),
    output_changed: hashes.every((hash) => hash !== undefined) && hashes[0] !== hashes[1],
    duration_ratio: older && newer ? ratio(older.duration_ms, newer.duration_ms) : null,
    older,
    newer,
  };
}

function changeOf(older: CaseResult | null, newer: CaseResult | null): CaseChange {
  if (!older) return 'added';
  if (!newer) return 'removed';
  if (newer.outcome === 'passed') return older.outcome === 'passed' ? 'still_passing' : 'newly_passing';
  return older.outcome === 'passed' ? 'newly_failing' : 'still_failing';
}

function changedFiles(older: Evaluation['hashes'], newer: Evaluation['hashes']): string[] {
  const files = new Set([...Object.keys(older), ...Object.keys(newer)]);
  return [...files].filter((file) => older[file] !== newer[file]).sort();
}

function ratio(older: number, newer: number): number | null {
  return older >= 1 && newer >= 1 ? newer / older : null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
