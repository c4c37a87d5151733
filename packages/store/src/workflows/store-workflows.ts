import { EspalierError, type Workflow } from '@espalier/core';
import { type StoredWorkflow, storedWorkflow, storedWorkflowSchema, type WorkflowStore } from '@espalier/runtime/ports';
import type { Database } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';

/** Keeps the workflows of one tenant in the database. */
export class StoreWorkflows implements WorkflowStore {
  readonly #database: Database;
  readonly #tenant: string;
  /** What is known to be kept, with its directory: runs of one workflow ask once. */
  readonly #kept = new Map<string, string>();

  constructor(database: Database, tenant: string) {
    this.#database = database;
    this.#tenant = tenant;
  }

  async put(workflow: Workflow, directory: string): Promise<void> {
    if (this.#kept.get(workflow.hash) === directory) return;
    const { sources, ...row } = storedWorkflow(workflow, directory);
    try {
      await this.#database.kysely
        .insertInto('espalier.workflows')
        .values({ ...row, tenant: this.#tenant, sources: JSON.stringify(sources) })
        .onConflict((conflict) => conflict.columns(['tenant', 'hash']).doUpdateSet({ directory, sources: JSON.stringify(sources) }))
        .execute();
    } catch (thrown) {
      throw databaseFault(thrown);
    }
    this.#kept.set(workflow.hash, directory);
  }

  async get(hash: string): Promise<StoredWorkflow | undefined> {
    const row = await this.#row(hash);
    if (!row) return undefined;
    const parsed = storedWorkflowSchema.safeParse({ ...row, sources: JSON.parse(row.sources) });
    if (parsed.success) return parsed.data;
    throw new EspalierError('storage.failed', `The workflow ${hash.slice(0, 12)} kept in the database is damaged.`);
  }

  async #row(hash: string) {
    try {
      const query = this.#database.kysely.selectFrom('espalier.workflows').select(['id', 'hash', 'directory', 'sources']);
      return await query.where('tenant', '=', this.#tenant).where('hash', '=', hash).executeTakeFirst();
    } catch (thrown) {
      throw databaseFault(thrown);
    }
  }
}
