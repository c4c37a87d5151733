import type { Statement } from '../database/database.ts';

/**
 * What people ask of a run, appended by whoever they ask (S13): $1 tenant, $2 run, $3 type, $4 the event as text of a row, $5 actor, $6 the
 * status that it gives the run or null. Locks in the order runs, heads; makes the run due in the same transaction. The status comes back as it
 * was; without a sequence number nothing was appended.
 */
export const requestStatement: Statement = {
  name: 'espalier_request',
  text: `
    with asked as materialized (
      select tenant, run, status, ended_at from espalier.runs where tenant = $1 and run = $2 for update
    ),
    head as (
      update espalier.streams s
      set seq = s.seq + 1, position = greatest(s.position, pg_current_xact_id()::text::bigint)
      from asked
      where s.tenant = asked.tenant and s.stream = 'run:' || asked.run and asked.ended_at is null
        and ($3 <> 'run.paused' or asked.status <> 'paused') and ($3 not in ('run.resumed', 'run.step_requested') or asked.status = 'paused')
      returning s.tenant, s.stream, s.seq, s.position
    ),
    row as (
      insert into espalier.commits (tenant, stream, seq, count, position, types, events, actor)
      select tenant, stream, seq, 1, position, array[$3], $4, $5 from head
    ),
    woken as (
      update espalier.runs r set wake_at = clock_timestamp(),
        -- One that was paused in its queue goes back to its place there.
        status = case when $6 = 'running' and r.queue_number is not null and r.dequeued_at is null then 'queued' else coalesce($6, r.status) end
      from head where r.tenant = $1 and r.run = $2
    )
    select asked.status, (select seq from head) as seq from asked`,
};
