import { cp, mkdir } from 'node:fs/promises';
import { canonicalJson, EspalierError, faultOf, hashJson, type JournalEvent, type Json } from '@espalier/core';
import { endingOf, judgeCase, type RunResult } from '@espalier/runtime';
import type { CaseResult } from '@espalier/runtime/ports';
import type { OpenWorkflow } from '../platform.ts';
import type { ReadyCase } from './ready-cases.ts';

interface CaseSurroundings {
  /** Absolute path of a directory that is not there yet. */
  workspace: string;
  /** Opens the workflow with that workspace. */
  open(workspace: string): Promise<OpenWorkflow>;
  /** Aborted if nobody wants the result any more. */
  signal: AbortSignal;
}

/** Runs one case and judges it. Whatever goes wrong is its result. @throws what `signal` was aborted with, once the run has ended. */
export async function evaluateCase(ready: ReadyCase, { workspace, open, signal }: CaseSurroundings): Promise<CaseResult> {
  const names = { suite: ready.suite, case: ready.example.id };
  let started = performance.now();
  const observed: Observed = { models: new Set() };
  const limit = timeLimit(ready);
  try {
    await createWorkspace(workspace, ready.fixture);
    const opened = await open(workspace);
    started = performance.now();
    const judged = await runAndJudge(ready, { opened, workspace, observed, signal: AbortSignal.any([limit.signal, signal]) });
    return { ...names, ...judged, models: [...observed.models].sort(), duration_ms: since(started) };
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message } = faultOf(thrown);
    const run = observed.run === undefined ? {} : { run: observed.run };
    const facts = { models: [...observed.models].sort(), duration_ms: since(started), assertions: [], error: { code, message } };
    return { ...names, outcome: 'errored', ...run, ...facts };
  } finally {
    limit.clear();
  }
}

/** What is known of a run, however it ends. */
interface Observed {
  run?: string;
  models: Set<string>;
}

interface Running {
  opened: OpenWorkflow;
  workspace: string;
  observed: Observed;
  signal: AbortSignal;
}

type Judged = Omit<CaseResult, 'suite' | 'case' | 'models' | 'duration_ms'>;

async function runAndJudge({ example, prepared }: ReadyCase, { opened, workspace, observed, signal }: Running): Promise<Judged> {
  const { input, start_node: start } = example;
  signal.throwIfAborted();
  const handle = await opened.run({ input, start, costCentre: 'evals', observe: (event) => noteModel(observed.models, event) });
  observed.run = handle.run;
  const cancel = () => void handle.cancel(faultOf(signal.reason).message).catch(() => {}); // it has ended by itself
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const result = await handle.ended;
  signal.removeEventListener('abort', cancel);
  signal.throwIfAborted();
  const ending = endingOf(result);
  const { run, output, outcome, exit, reason } = result;
  const assertions = await judgeCase(prepared, { run, input, output, outcome, ending, exit, reason, workspace }, signal);
  return { outcome: assertions.every(({ passed }) => passed) ? 'passed' : 'failed', run, ending, ...endOf(result), assertions };
}

const longestOutput = 200_000;

function endOf({ exit, reason, output }: RunResult): Pick<CaseResult, 'exit' | 'reason' | 'output' | 'output_hash'> {
  return {
    ...(exit === undefined ? {} : { exit }),
    ...(reason === undefined ? {} : { reason }),
    ...(isLarge(output) ? {} : { output }),
    output_hash: hashJson(output),
  };
}

function isLarge(output: Json): boolean {
  return canonicalJson(output).length > longestOutput;
}

function noteModel(models: Set<string>, event: JournalEvent): void {
  if (event.type === 'effect.started' && event.payload.kind === 'model') models.add(event.payload.target);
}

async function createWorkspace(workspace: string, fixture: string | undefined): Promise<void> {
  await mkdir(workspace, { recursive: true });
  // Links stay as they are: file tools follow none that leads out of the workspace.
  if (fixture !== undefined) await cp(fixture, workspace, { recursive: true, verbatimSymlinks: true });
}

/** The longest delay that Node's timers take. */
const maxDelayMs = 2 ** 31 - 1;

function timeLimit({ timeoutMs, suite, example }: ReadyCase): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const passed = () => {
    const message = `Case ${suite}/${example.id} did not end within ${timeoutMs} ms.`;
    controller.abort(new EspalierError('evaluation.timed_out', message));
  };
  const timer = setTimeout(passed, Math.min(timeoutMs, maxDelayMs));
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** Milliseconds with one digit after the point. */
function since(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}
