import { EspalierError, storableText } from '@espalier/core';
import type { Statement, StatementResult } from '../database/database.ts';
import type { RunsTable } from '../database/tables.ts';
import { eventsRows } from '../log/events-text.ts';
import { inlinePayload } from '../log/large-values.ts';
import { requestStatement } from './request-statement.ts';

/** What may be asked of a run that has not ended. */
export type RunRequest =
  | { type: 'run.cancel_requested'; reason: string }
  | { type: 'run.paused'; reason?: string }
  | { type: 'run.resumed' }
  | { type: 'run.step_requested' };

export interface RequestOptions {
  tenant: string;
  run: string;
  request: RunRequest;
  actor: string;
  /** Milliseconds since the epoch. */
  at: number;
}

type Perform = <Row>(statement: Statement, values: readonly unknown[]) => Promise<StatementResult<Row>>;

/**
 * Appends a request to the run's journal and makes the run due.
 * @returns false if the run is already as asked for. @throws EspalierError `run.not_found`, `run.ended`.
 */
export async function requestOfRun(perform: Perform, { tenant, run, request, actor, at }: RequestOptions): Promise<boolean> {
  const { type, ...rest } = request;
  const payload = 'reason' in rest && rest.reason !== undefined ? { reason: storableText(rest.reason) } : {};
  const [event] = eventsRows([{ type, payload, at }], [inlinePayload(payload)]);
  const values = [tenant, run, type, event?.text, actor, statusAfter(type)];
  const { rows } = await perform<{ status: RunsTable['status']; seq: string | null }>(requestStatement, values);
  const [row] = rows;
  if (!row) throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
  if (row.status === 'completed' || row.status === 'cancelled') {
    throw new EspalierError('run.ended', `Run ${run} has ended.`, { details: { run } });
  }
  return row.seq !== null;
}

function statusAfter(type: RunRequest['type']): RunsTable['status'] | null {
  if (type === 'run.cancel_requested' || type === 'run.step_requested') return null;
  return type === 'run.paused' ? 'paused' : 'running';
}
