import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EspalierError } from '@espalier/core';
import { z } from 'zod';
import {
  type Evaluation,
  type EvaluationEntry,
  type EvaluationQuery,
  type EvaluationStore,
  evaluationEntry,
  evaluationSchema,
} from '../ports/evaluation-store.ts';
import { isRunId } from '../ports/run-id.ts';
import { makeDirectory, writeFileDurably } from '../storage/durable-file.ts';
import { storageFailure, systemCode } from '../storage/storage-failure.ts';

/** Keeps evaluations for the life of the process. */
export class MemoryEvaluations implements EvaluationStore {
  readonly #kept = new Map<string, Evaluation>();

  async put(evaluation: Evaluation): Promise<void> {
    this.#kept.set(evaluation.evaluation, structuredClone(evaluation));
  }

  async get(id: string): Promise<Evaluation | undefined> {
    return structuredClone(this.#kept.get(id));
  }

  async list({ limit, workflow, prefix = '' }: EvaluationQuery): Promise<EvaluationEntry[]> {
    const entries = [...this.#kept.values()].map(evaluationEntry);
    const asked = entries.filter((entry) => entry.evaluation.startsWith(prefix) && (workflow === undefined || entry.workflow === workflow));
    return asked.slice(-limit);
  }
}

/** Keeps evaluations as files, `<root>/evaluations/<id>.json`. Ids sort by time. */
export class FileEvaluations implements EvaluationStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = join(root, 'evaluations');
  }

  async put(evaluation: Evaluation): Promise<void> {
    const name = `${evaluation.evaluation}.json`;
    try {
      await makeDirectory(this.#root);
      await writeFileDurably(join(this.#root, name), Buffer.from(`${JSON.stringify(evaluation, null, 2)}\n`));
    } catch (thrown) {
      throw storageFailure(thrown, `write evaluations/${name}`);
    }
  }

  async get(id: string): Promise<Evaluation | undefined> {
    if (!isRunId(id)) return undefined;
    const name = `evaluations/${id}.json`;
    try {
      return evaluationSchema.parse(JSON.parse(await readFile(join(this.#root, `${id}.json`), 'utf8')));
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return undefined;
      if (thrown instanceof SyntaxError || thrown instanceof z.ZodError) {
        throw new EspalierError('storage.failed', `${name} is damaged; remove it to see the others.`, { cause: thrown });
      }
      throw storageFailure(thrown, `read ${name}`);
    }
  }

  /** Reads from the newest on until it has as many as are asked for. */
  async list({ limit, workflow, prefix = '' }: EvaluationQuery): Promise<EvaluationEntry[]> {
    const entries: EvaluationEntry[] = [];
    for (const id of (await this.#ids()).filter((name) => name.startsWith(prefix)).reverse()) {
      if (entries.length === limit) break;
      const evaluation = await this.get(id);
      if (evaluation && (workflow === undefined || evaluation.workflow === workflow)) entries.push(evaluationEntry(evaluation));
    }
    return entries.reverse();
  }

  async #ids(): Promise<string[]> {
    try {
      const names = await readdir(this.#root);
      return names.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : [])).sort();
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return [];
      throw storageFailure(thrown, 'read evaluations');
    }
  }
}
