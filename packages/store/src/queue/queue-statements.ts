import type { Statement } from '../database/database.ts';

/** $1 tenant, $2 workflow, $3 runs at a time, $4 runs that may queue, $5 runs per $6 milliseconds: what a queue allows from now on. Writes only what changes. */
export const allowStatement: Statement = {
  name: 'espalier_queue_allow',
  text: `
    with wanted (tenant, workflow, max_concurrency, max_size, rate_runs, rate_ms) as (
      values ($1::text, $2::text, $3::int, $4::int, $5::int, $6::float8)
    ),
    turn as (
      insert into espalier.queue_turns (tenant, workflow) select tenant, workflow from wanted
      where not exists (select from espalier.queue_turns where tenant = $1 and workflow = $2) on conflict do nothing
    )
    insert into espalier.queues (tenant, workflow, max_concurrency, max_size, rate_runs, rate_ms)
    select * from wanted
    where not exists (
      select from espalier.queues q where q.tenant = $1 and q.workflow = $2
        and (q.max_concurrency, q.max_size, q.rate_runs, q.rate_ms) is not distinct from ($3::int, $4::int, $5::int, $6::float8)
    )
    on conflict (tenant, workflow) do update
    set max_concurrency = excluded.max_concurrency, max_size = excluded.max_size, rate_runs = excluded.rate_runs, rate_ms = excluded.rate_ms`,
};

/** $1 tenant: how its queues stand. Counts what queues: for people, not for what drives runs. */
export const queuesStatement: Statement = {
  name: 'espalier_queues',
  text: `
    select q.workflow, q.max_concurrency, q.max_size, q.rate_runs, q.rate_ms, waiting.count::int as queued, waiting.oldest, busy.count::int as busy
    from espalier.queues q,
    lateral (
      select count(*), min(r.started_at) as oldest from espalier.runs r
      where r.tenant = q.tenant and r.workflow = q.workflow and r.status = 'queued' and r.owner is null
    ) waiting,
    lateral (
      select count(*) from espalier.runs r
      where r.tenant = q.tenant and r.workflow = q.workflow and r.dequeued_at is not null and r.ended_at is null
        and (r.owner is not null or (r.status = 'running' and r.problem is null))
    ) busy
    where q.tenant = $1 order by q.workflow`,
};
