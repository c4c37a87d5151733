import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EspalierError, type Workflow } from '@espalier/core';
import { z } from 'zod';
import { makeDirectory, writeFileDurably } from '../storage/durable-file.ts';
import { storageFailure, systemCode } from '../storage/storage-failure.ts';

const storedSchema = z.strictObject({
  id: z.string(),
  hash: z.string(),
  /** Where its files were when the run started; modules load from there. */
  directory: z.string(),
  sources: z.array(z.strictObject({ path: z.string(), text: z.string() })),
});

/** A workflow as it was when a run started (S17). */
export type StoredWorkflow = z.infer<typeof storedSchema>;

/** Keeps the sources of workflows, by hash: what runs are resumed and verified with. */
export interface WorkflowStore {
  /** Keeps a workflow; one that is there already is left as it is. @throws EspalierError `storage.failed`. */
  put(workflow: Workflow, directory: string): Promise<void>;
  /** @returns undefined if it was never kept. @throws EspalierError `storage.failed` if what was kept is damaged. */
  get(hash: string): Promise<StoredWorkflow | undefined>;
}

/** Keeps workflows for the life of the process. */
export class MemoryWorkflowStore implements WorkflowStore {
  readonly #stored = new Map<string, StoredWorkflow>();

  async put(workflow: Workflow, directory: string): Promise<void> {
    if (!this.#stored.has(workflow.hash)) this.#stored.set(workflow.hash, storedForm(workflow, directory));
  }

  async get(hash: string): Promise<StoredWorkflow | undefined> {
    return this.#stored.get(hash);
  }
}

/** Keeps workflows as files, `<root>/workflows/<hash>.json`. */
export class FileWorkflowStore implements WorkflowStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = join(root, 'workflows');
  }

  async put(workflow: Workflow, directory: string): Promise<void> {
    if (await this.get(workflow.hash).catch(() => undefined)) return; // a damaged one is replaced
    const name = `${workflow.hash}.json`;
    try {
      await makeDirectory(this.#root);
      await writeFileDurably(join(this.#root, name), Buffer.from(JSON.stringify(storedForm(workflow, directory))));
    } catch (thrown) {
      throw storageFailure(thrown, `write workflows/${name}`);
    }
  }

  async get(hash: string): Promise<StoredWorkflow | undefined> {
    const name = `workflows/${hash}.json`;
    try {
      return storedSchema.parse(JSON.parse(await readFile(join(this.#root, `${hash}.json`), 'utf8')));
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return undefined;
      if (thrown instanceof SyntaxError || thrown instanceof z.ZodError) {
        throw new EspalierError('storage.failed', `${name} is damaged; a new run of the workflow replaces it.`, { cause: thrown });
      }
      throw storageFailure(thrown, `read ${name}`);
    }
  }
}

function storedForm(workflow: Workflow, directory: string): StoredWorkflow {
  return { id: workflow.id, hash: workflow.hash, directory, sources: [...workflow.sources] };
}
