import { EspalierError } from '@espalier/core';
import {
  type Evaluation,
  type EvaluationEntry,
  type EvaluationQuery,
  type EvaluationStore,
  evaluationEntry,
  evaluationSchema,
} from '@espalier/runtime/ports';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../database/tables.ts';

/** A transaction in which only one tenant's rows are seen. */
type Within = <T>(use: (trx: Transaction<Tables>) => Promise<T>) => Promise<T>;

/** Keeps the evaluations of one tenant in the database. */
export function storeEvaluations(within: Within, tenant: string): EvaluationStore {
  return {
    put: (evaluation) =>
      within(async (trx) => {
        const row = { tenant, ...evaluationEntry(evaluation), report: JSON.stringify(evaluation) };
        await trx.insertInto('espalier.evaluations').values(row).execute();
      }),
    async get(id) {
      const row = await within((trx) => report(trx, tenant, id));
      return row && parsed(id, row.report);
    },
    list: (query) => within((trx) => list(trx, tenant, query)),
  };
}

function report(db: Kysely<Tables>, tenant: string, id: string) {
  const query = db.selectFrom('espalier.evaluations').select('report').where('tenant', '=', tenant);
  return query.where('evaluation', '=', id).executeTakeFirst();
}

function parsed(id: string, text: string): Evaluation {
  const result = evaluationSchema.safeParse(json(text));
  if (result.success) return result.data;
  throw new EspalierError('storage.failed', `The evaluation ${id} kept in the database is damaged.`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function list(db: Kysely<Tables>, tenant: string, { limit, workflow, prefix }: EvaluationQuery): Promise<EvaluationEntry[]> {
  let query = db
    .selectFrom('espalier.evaluations')
    .select(['evaluation', 'workflow', 'workflow_hash', 'engine_version', 'started_at', 'duration_ms', 'passed', 'failed', 'errored'])
    .where('tenant', '=', tenant);
  if (workflow !== undefined) query = query.where('workflow', '=', workflow);
  if (prefix !== undefined) query = query.where(sql<boolean>`starts_with(evaluation, ${prefix})`);
  return (await query.orderBy('started_at', 'desc').orderBy('evaluation', 'desc').limit(limit).execute()).reverse();
}
