import type { Json } from '@espalier/core';
import { z } from 'zod';

const json = z.json() as z.ZodType<Json>;

const assertionResultSchema = z.strictObject({
  type: z.enum(['equals', 'contains', 'schema_valid', 'status', 'custom', 'scored']),
  /** What part of the output was looked at; absent for all of it. */
  field_path: z.string().optional(),
  passed: z.boolean(),
  /** What the manifest asks for, in short if it is large. */
  expected: json.optional(),
  /** What was there, in short if it is large; absent if nothing was. */
  actual: json.optional(),
  score: z.number().optional(),
  at_least: z.number().optional(),
  /** Why it failed, or what the module of the workflow said. */
  message: z.string().optional(),
});
/** What came of one assertion. */
export type AssertionResult = z.infer<typeof assertionResultSchema>;

const caseResultSchema = z.strictObject({
  suite: z.string(),
  case: z.string(),
  /** `errored`: it could not be judged, as its run took too long or could not be recorded. */
  outcome: z.enum(['passed', 'failed', 'errored']),
  /** Absent if it could not be started. */
  run: z.string().optional(),
  ending: z.enum(['success', 'failure', 'partial', 'blocked', 'cancelled']).optional(),
  exit: z.string().optional(),
  /** Why the run failed. */
  reason: z.string().optional(),
  /** Absent if it is very large: the run's journal has it. */
  output: json.optional(),
  output_hash: z.string().optional(),
  /** The models that were asked. */
  models: z.array(z.string()),
  duration_ms: z.number(),
  assertions: z.array(assertionResultSchema),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});
/** What came of one case. */
export type CaseResult = z.infer<typeof caseResultSchema>;

/** What came of the cases of one workflow, as it is stored and printed. Every stored one is checked against this when it is read. */
export const evaluationSchema = z.strictObject({
  evaluation: z.string(),
  workflow: z.string(),
  workflow_hash: z.string(),
  /** SHA-256 by file of the workflow: what differs between two evaluations. */
  hashes: z.record(z.string(), z.string()),
  engine_version: z.string(),
  /** Milliseconds since the epoch. */
  started_at: z.number(),
  duration_ms: z.number(),
  /** What the cases were chosen by; absent for all of them. */
  filter: z.string().optional(),
  /** What must be shown beside the words of the models that were asked, such as that one is not a language model. */
  notices: z.array(z.string()),
  /** In the order of the manifest. */
  cases: z.array(caseResultSchema),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** How many cases there are of each outcome. */
export type OutcomeCounts = Record<CaseResult['outcome'], number>;

/** An evaluation in a list. */
export type EvaluationEntry = Pick<
  Evaluation,
  'evaluation' | 'workflow' | 'workflow_hash' | 'engine_version' | 'started_at' | 'duration_ms'
> &
  OutcomeCounts;

export interface EvaluationQuery {
  /** The newest so many. */
  limit: number;
  /** Of this workflow only. */
  workflow?: string | undefined;
  /** Only those whose ids begin so. */
  prefix?: string | undefined;
}

/** Keeps what evaluations came to. */
export interface EvaluationStore {
  /** @throws EspalierError `storage.failed`, `database.*`. */
  put(evaluation: Evaluation): Promise<void>;
  /** @returns undefined if there is none of that id. @throws EspalierError `storage.failed` if what was kept is damaged. */
  get(id: string): Promise<Evaluation | undefined>;
  /** Newest last. */
  list(query: EvaluationQuery): Promise<EvaluationEntry[]>;
}

/** The outcomes of cases, counted. */
export function countOutcomes(cases: readonly Pick<CaseResult, 'outcome'>[]): OutcomeCounts {
  const counts = { passed: 0, failed: 0, errored: 0 };
  for (const { outcome } of cases) counts[outcome] += 1;
  return counts;
}

/** An evaluation as a list shows it. */
export function evaluationEntry({ cases, ...evaluation }: Evaluation): EvaluationEntry {
  const { workflow, workflow_hash, engine_version, started_at, duration_ms } = evaluation;
  const facts = { workflow, workflow_hash, engine_version, started_at, duration_ms };
  return { evaluation: evaluation.evaluation, ...facts, ...countOutcomes(cases) };
}
