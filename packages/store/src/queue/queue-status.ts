import type { Statement, StatementResult } from '../database/database.ts';
import type { QueuesTable } from '../database/tables.ts';
import { queuesStatement } from './queue-statements.ts';
import type { QueueLimits } from './run-queue.ts';

/** How the queue of one workflow stands. */
export interface QueueStatus {
  workflow: string;
  limits: QueueLimits;
  /** Runs that wait for their turn. */
  queued: number;
  /** Runs that were taken from it and are at work. */
  running: number;
  /** When the oldest of those that wait was accepted, in milliseconds since the epoch. */
  oldestAt: number | undefined;
}

type Perform = <Row>(statement: Statement, values: readonly unknown[]) => Promise<StatementResult<Row>>;
type Row = Omit<QueuesTable, 'tenant'> & { queued: number; busy: number; oldest: number | null };

/** The queues of a tenant, by workflow. */
export async function queueStatus(perform: Perform, tenant: string): Promise<QueueStatus[]> {
  const { rows } = await perform<Row>(queuesStatement, [tenant]);
  return rows.map(({ workflow, queued, busy, oldest, ...row }) => ({
    workflow,
    limits: {
      maxConcurrency: row.max_concurrency,
      maxSize: row.max_size,
      rate: row.rate_runs === null || row.rate_ms === null ? null : { runs: row.rate_runs, perMs: row.rate_ms },
    },
    queued,
    running: busy,
    oldestAt: oldest ?? undefined,
  }));
}
