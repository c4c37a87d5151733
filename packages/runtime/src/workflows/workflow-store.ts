import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EspalierError, type Workflow } from '@espalier/core';
import { z } from 'zod';
import { type StoredWorkflow, storedWorkflow, storedWorkflowSchema, type WorkflowStore } from '../ports/workflow-store.ts';
import { makeDirectory, writeFileDurably } from '../storage/durable-file.ts';
import { storageFailure, systemCode } from '../storage/storage-failure.ts';

/** Keeps workflows for the life of the process. */
export class MemoryWorkflowStore implements WorkflowStore {
  readonly #stored = new Map<string, StoredWorkflow>();

  async put(workflow: Workflow, directory: string): Promise<void> {
    this.#stored.set(workflow.hash, storedWorkflow(workflow, directory));
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
    const kept = await this.get(workflow.hash).catch(() => undefined); // a damaged one is replaced
    if (kept?.directory === directory) return;
    const name = `${workflow.hash}.json`;
    try {
      await makeDirectory(this.#root);
      await writeFileDurably(join(this.#root, name), Buffer.from(JSON.stringify(storedWorkflow(workflow, directory))));
    } catch (thrown) {
      throw storageFailure(thrown, `write workflows/${name}`);
    }
  }

  async get(hash: string): Promise<StoredWorkflow | undefined> {
    const name = `workflows/${hash}.json`;
    try {
      return storedWorkflowSchema.parse(JSON.parse(await readFile(join(this.#root, `${hash}.json`), 'utf8')));
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return undefined;
      if (thrown instanceof SyntaxError || thrown instanceof z.ZodError) {
        throw new EspalierError('storage.failed', `${name} is damaged; a new run of the workflow replaces it.`, { cause: thrown });
      }
      throw storageFailure(thrown, `read ${name}`);
    }
  }
}
