import type { JsonObject } from '@espalier/core';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';
import type { FailedJob } from './job.ts';

type Row = {
  id: string;
  name: string;
  data: JsonObject | null;
  output: { code?: string; message?: string; value?: string } | null;
  retry_count: number;
  completed_on: Date;
};

/** Jobs that failed for good, the latest first. Those that pg-boss failed itself (overrun, process gone) say so in its words. */
export async function failedJobs({ kysely }: Database, limit: number): Promise<FailedJob[]> {
  try {
    const { rows } = await sql<Row>`
      select id, name, data, output, retry_count, completed_on from pgboss.job
      where state = 'failed' order by completed_on desc, id limit ${limit}`.execute(kysely);
    return rows.map(({ id, name, data, output, retry_count, completed_on }) => ({
      id,
      name,
      data: data ?? {},
      code: output?.code ?? 'internal.defect',
      message: output?.message ?? output?.value ?? 'The job ended without an outcome.',
      attempts: retry_count + 1,
      failedAt: completed_on.getTime(),
    }));
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}
