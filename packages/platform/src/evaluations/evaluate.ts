import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EspalierError, type Workflow } from '@espalier/core';
import type { CaseResult, Evaluation } from '@espalier/runtime/ports';
import { engineVersion } from '../engine-version.ts';
import { newId } from '../run-id.ts';
import { passingMemory } from '../workflows/memory-backends.ts';
import { type OpenParts, openCompiled } from '../workflows/open-workflow.ts';
import { compileDirectory, soundWorkflow } from '../workflows/workflow-loader.ts';
import { evaluateCase } from './evaluate-case.ts';
import { type ReadyCase, readyCases } from './ready-cases.ts';

/** How far an evaluation is. */
export interface EvaluationProgress {
  total: number;
  ended: number;
  /** Of those that have ended. */
  notPassed: number;
  /** `suite/case`, in the order in which they began; times in milliseconds since the epoch. */
  underWay: readonly { name: string; startedAt: number }[];
}

export interface EvaluateOptions {
  /** Only cases whose `suite/case` contains this. */
  filter?: string | undefined;
  /** Cases that run at a time; default: 4. */
  concurrency?: number | undefined;
  /** Absolute path below which every case's workspace is kept, under the evaluation's id; default: a temporary one, removed afterwards. */
  workspaces?: string | undefined;
  /** Cancels what is under way when it is aborted. */
  signal?: AbortSignal | undefined;
  /** Called whenever a case begins or ends. */
  observe?: ((progress: EvaluationProgress) => void) | undefined;
}

const defaultConcurrency = 4;

/** Runs the declared cases of a workflow, each as a run of its own in a workspace of its own, and keeps what came of them. */
export async function evaluate(parts: OpenParts, directory: string, options: EvaluateOptions): Promise<Evaluation> {
  const { filter, signal = new AbortController().signal } = options;
  const startedAt = Date.now();
  const workflow = soundWorkflow(await compileDirectory(directory), directory);
  await openCompiled(parts, workflow, directory); // what cannot work is refused before the first case
  const ready = await readyCases(workflow, { directory: resolve(directory), filter });
  const id = newId('eval', startedAt);
  const root = options.workspaces === undefined ? await temporaryDirectory() : join(options.workspaces, id);
  const progress = progressOf(ready.length, options.observe);
  // Memory beyond a task begins empty for each case: what others remember would make results depend on their order.
  const opening = (workspace: string) =>
    openCompiled({ ...parts, surroundings: { ...parts.surroundings, workspace, memory: passingMemory() } }, workflow, directory);
  const one = async (example: ReadyCase) => {
    const end = progress.begin(`${example.suite}/${example.example.id}`);
    return end(await evaluateCase(example, { workspace: join(root, example.place), open: opening, signal }));
  };
  try {
    const cases = await inTurn(ready, { concurrency: options.concurrency ?? defaultConcurrency, signal }, one);
    const { id: name, hash: workflow_hash, hashes } = workflow;
    const evaluation: Evaluation = {
      ...{ evaluation: id, workflow: name, workflow_hash, hashes: { ...hashes }, engine_version: engineVersion },
      ...{ started_at: startedAt, duration_ms: Date.now() - startedAt, ...(filter === undefined ? {} : { filter }) },
      notices: noticesOf(parts, workflow, cases),
      cases,
    };
    await parts.delivery.evaluations.put(evaluation);
    return evaluation;
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    const ended = `${progress.ended()} of ${ready.length} cases`;
    throw new EspalierError('run.cancelled', `The evaluation was cancelled after ${ended}; nothing of it is stored.`);
  } finally {
    if (options.workspaces === undefined) await rm(root, { recursive: true, force: true });
  }
}

interface Turns {
  concurrency: number;
  signal: AbortSignal;
}

/** Performs `work` for each item, some at a time. @returns results in the order of the items. @throws the first failure, once all have ended. */
async function inTurn<T, R>(items: readonly T[], { concurrency, signal }: Turns, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const lane = async () => {
    for (const [index, item] of waiting) {
      signal.throwIfAborted();
      results[index] = await work(item);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return results;
}

function progressOf(total: number, observe: EvaluateOptions['observe'] = () => {}) {
  let ended = 0;
  let notPassed = 0;
  const underWay = new Set<{ name: string; startedAt: number }>();
  const tell = () => observe({ total, ended, notPassed, underWay: [...underWay] });
  return {
    ended: () => ended,
    begin(name: string) {
      const entry = { name, startedAt: Date.now() };
      underWay.add(entry);
      tell();
      return (result: CaseResult) => {
        underWay.delete(entry);
        ended += 1;
        if (result.outcome !== 'passed') notPassed += 1;
        tell();
        return result;
      };
    },
  };
}

/** Notices are about what models said: of those that were asked. */
function noticesOf({ surroundings: { models } }: OpenParts, workflow: Workflow, cases: readonly CaseResult[]): string[] {
  const asked = new Set(cases.flatMap((result) => result.models));
  const agents = new Map([...workflow.agents].filter(([, { llm }]) => asked.has(llm)));
  return models.notices({ ...workflow, agents });
}

async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'espalier-evaluation-'));
}
