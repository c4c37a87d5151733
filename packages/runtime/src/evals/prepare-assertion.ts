import { type Assertion, canonicalJson, copyJson, EspalierError, faultOf, type Json, type Workflow } from '@espalier/core';
import { loadExport, type ModuleFunction } from '../modules/load-export.ts';
import type { AssertionResult } from '../ports/evaluation-store.ts';
import { createSchemaCompiler, type SchemaCompiler } from '../schema/compile-schema.ts';
import { contains, equal, wordOverlap } from './compare-values.ts';
import type { EvaluatedRun } from './evaluated-run.ts';
import { valueAt } from './field-path.ts';
import { readScore, readVerdict } from './module-verdict.ts';

/** An assertion that is ready to judge runs. Does not throw, whatever the run or a module says; follows `signal` as far as the module does. */
export type PreparedAssertion = (run: EvaluatedRun, signal: AbortSignal) => Promise<AssertionResult>;

interface Preparing {
  /** Absolute path of the workflow's directory. */
  directory: string;
  schemas: SchemaCompiler;
}

/** Makes assertions ready. @throws EspalierError `module.invalid`, `manifest.module_not_allowed`. */
export function assertionLoader(workflow: Workflow, directory: string): (assertion: Assertion) => Promise<PreparedAssertion> {
  const preparing = { directory, schemas: createSchemaCompiler(workflow.schemas) };
  return async (assertion) => {
    const judge = await judgeOf(assertion, preparing);
    if (assertion.type === 'status') return async (run) => ({ type: 'status', ...statusVerdict(assertion, run) });
    const { type, field_path } = assertion;
    return async (run, signal) => {
      const found = valueAt(run.output, field_path);
      const verdict = found.found
        ? await judge(found.value, run, signal)
        : { passed: false, ...wanted(assertion), message: `The output has nothing there: ${JSON.stringify(found.missing)} is missing.` };
      return { type, ...(field_path === undefined ? {} : { field_path }), ...verdict };
    };
  };
}

type Verdict = Omit<AssertionResult, 'type' | 'field_path'>;
type Judge = (actual: Json, run: EvaluatedRun, signal: AbortSignal) => Verdict | Promise<Verdict>;
type Of<T extends Assertion['type']> = Extract<Assertion, { type: T }>;

async function judgeOf(assertion: Assertion, { directory, schemas }: Preparing): Promise<Judge> {
  switch (assertion.type) {
    case 'equals':
      return (actual) => compared(equal(actual, assertion.expected), assertion.expected, actual);
    case 'contains':
      return (actual) => compared(contains(actual, assertion.expected), assertion.expected, actual);
    case 'schema_valid':
      return schemaJudge(assertion, schemas);
    case 'custom':
      return customJudge(assertion, await loadExport(directory, assertion.module));
    case 'scored':
      return assertion.module === undefined
        ? overlapJudge(assertion)
        : scoreJudge(assertion, await loadExport(directory, assertion.module));
    case 'status':
      return (_, run) => statusVerdict(assertion, run);
  }
}

function statusVerdict({ expected, exit }: Of<'status'>, run: EvaluatedRun): Verdict {
  const isEnding = run.ending === expected || (run.outcome === expected && run.ending === 'blocked');
  const passed = isEnding && (exit === undefined || run.exit === exit);
  const at = (ending: string, name: string | undefined) => (exit === undefined || name === undefined ? ending : `${ending}, exit ${name}`);
  const verdict = { passed, expected: at(expected, exit), actual: at(run.ending, run.exit) };
  return passed || run.reason === undefined ? verdict : { ...verdict, message: run.reason };
}

function schemaJudge({ schema }: Of<'schema_valid'>, schemas: SchemaCompiler): Judge {
  const check = schemas.named(schema);
  if (!check) throw new EspalierError('internal.defect', `The schema ${schema} was checked and is missing.`);
  return (actual) => {
    const faults = check(actual);
    const verdict = { passed: faults.length === 0, expected: `schema ${schema}` };
    if (verdict.passed) return verdict;
    return { ...verdict, actual: short(actual), message: faults.map(({ path, message }) => `${path || 'it'} ${message}`).join('; ') };
  };
}

function customJudge(assertion: Of<'custom'>, check: ModuleFunction): Judge {
  return async (actual, run, signal) => {
    const called = await call(() => check(copyJson(actual), contextFor(run, assertion.expected, signal)), readVerdict);
    const verdict = 'fault' in called ? { passed: false, message: called.fault } : called.value;
    return { ...wanted(assertion), ...(verdict.passed ? {} : { actual: short(actual) }), ...verdict };
  };
}

function scoreJudge(assertion: Of<'scored'>, scorer: ModuleFunction): Judge {
  const { at_least } = assertion;
  return async (actual, run, signal) => {
    const called = await call(() => scorer(copyJson(actual), contextFor(run, assertion.expected, signal)), readScore);
    if ('fault' in called) return { passed: false, ...wanted(assertion), at_least, message: called.fault };
    return { ...scored(called.value.score, assertion, actual), ...called.value };
  };
}

function overlapJudge(assertion: Of<'scored'>): Judge {
  const { expected, at_least } = assertion;
  return (actual) => {
    if (typeof actual === 'string' && typeof expected === 'string') return scored(wordOverlap(actual, expected), assertion, actual);
    return { passed: false, ...wanted(assertion), at_least, actual: short(actual), message: 'word_overlap compares texts; this is none.' };
  };
}

function scored(score: number, assertion: Of<'scored'>, actual: Json): Verdict {
  const passed = score >= assertion.at_least;
  return { passed, ...wanted(assertion), at_least: assertion.at_least, score, ...(passed ? {} : { actual: short(actual) }) };
}

function compared(passed: boolean, expected: Json, actual: Json): Verdict {
  return passed ? { passed, expected: short(expected) } : { passed, expected: short(expected), actual: short(actual) };
}

function wanted(assertion: Assertion): { expected?: Json } {
  if (assertion.type === 'schema_valid') return { expected: `schema ${assertion.schema}` };
  return assertion.expected === undefined ? {} : { expected: short(assertion.expected) };
}

/** The second argument of a module's function: copies, so that it changes nothing. */
function contextFor({ workspace, ...run }: EvaluatedRun, expected: Json | undefined, signal: AbortSignal) {
  return { ...run, input: copyJson(run.input), output: copyJson(run.output), expected, workspace, signal };
}

/** What code of the workflow says; whatever it throws is a reason to fail: assertion libraries throw. */
async function call<T>(check: () => unknown, read: (answer: unknown) => T): Promise<{ value: T } | { fault: string }> {
  try {
    return { value: read(await check()) };
  } catch (thrown) {
    return { fault: faultOf(thrown, 'node.handler_failed').message };
  }
}

const longestShown = 4000;

/** The value, or if it is large the beginning of its text. */
function short(value: Json): Json {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return text.length <= longestShown ? value : `${text.slice(0, longestShown).toWellFormed()}…`;
}
