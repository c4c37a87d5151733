import type { Statement } from '../database/database.ts';
import { taking } from '../runs/taking.ts';

/**
 * $1 owner, $2 lease in ms, $3 how many, $4 a tenant and $5 a workflow of it, or null for all: takes runs from their queues (ENG-Q).
 *
 * Order: within a tenant first come, first served. Between tenants by turns: each gives one run before any gives its second, and who was
 * served longest ago comes first; so a tenant waits for at most as many claimed runs as there are tenants, however many runs they queue.
 *
 * Limits: what is free in a queue is counted in the snapshot of the statement. Somebody else may have taken a run since, and so the queue's
 * turn is locked and must be the one of the snapshot; else its runs are left for the next claim, and a row without a run says so.
 *
 * Cost: one step along the index per queue that is not empty (`found`), and one per run that may be taken: nothing depends on the backlog.
 * Locks in the order turns, runs, heads. No run is waited for, and no turn.
 */
export const claimQueuedStatement: Statement = {
  name: 'espalier_claim_queued',
  text: `
    with recursive found as (
      (select r.tenant, r.workflow from espalier.runs r
       where $4::text is null and r.status = 'queued' and r.owner is null order by r.tenant, r.workflow limit 1)
      union all
      select next.* from found, lateral (
        select r.tenant, r.workflow from espalier.runs r
        where r.status = 'queued' and r.owner is null and (r.tenant, r.workflow) > (found.tenant, found.workflow)
        order by r.tenant, r.workflow limit 1
      ) next
    ),
    asked as (
      select tenant, workflow from found
      union all
      select tenant, workflow from espalier.queues where tenant = $4 and ($5::text is null or workflow = $5)
    ),
    place as materialized (
      select tenant, workflow, t.turn,
        least($3::bigint, q.max_concurrency - busy.count, q.rate_runs - recent.count) as free
      from asked join espalier.queues q using (tenant, workflow) join espalier.queue_turns t using (tenant, workflow),
      lateral (
        select count(*) from espalier.runs r
        where r.tenant = q.tenant and r.workflow = q.workflow and r.dequeued_at is not null and r.ended_at is null
          and (r.owner is not null or (r.status = 'running' and r.problem is null))
      ) busy,
      lateral (
        select count(*) from (
          select from espalier.runs r
          where r.tenant = q.tenant and r.workflow = q.workflow and r.dequeued_at is not null
            and r.dequeued_at > now() - q.rate_ms * interval '1 millisecond'
          limit q.rate_runs
        ) started
      ) recent
    ),
    candidate as (
      select place.tenant, place.workflow, place.turn, next.run, next.queue_number,
        row_number() over (partition by place.tenant order by next.queue_number) as rank,
        max(place.turn) over (partition by place.tenant) as served
      from place, lateral (
        select r.run, r.queue_number from espalier.runs r
        where r.tenant = place.tenant and r.workflow = place.workflow and r.status = 'queued' and r.owner is null
        order by r.queue_number limit place.free
      ) next
      where place.free > 0
    ),
    chosen as materialized (
      select * from candidate order by rank, served, queue_number limit $3
    ),
    turned as materialized (
      select t.tenant, t.workflow
      from espalier.queue_turns t join (select distinct tenant, workflow, turn from chosen) c using (tenant, workflow, turn)
      order by t.tenant, t.workflow for update of t skip locked
    ),
    due as materialized (
      select r.tenant, r.run, r.workflow
      from espalier.runs r join chosen using (tenant, run) join turned on turned.tenant = r.tenant and turned.workflow = r.workflow
      where r.status = 'queued' and r.owner is null for update of r skip locked
    ),
    served as (
      update espalier.queue_turns t set turn = nextval('espalier.queue_turn_numbers')
      from (select distinct tenant, workflow from due) d where t.tenant = d.tenant and t.workflow = d.workflow
    ),
    ${taking("status = 'running', dequeued_at = clock_timestamp()")}
    union all
    (select tenant, null, null, null, null, null from chosen where (tenant, workflow) not in (select tenant, workflow from turned) limit 1)`,
};

/**
 * $1 owner, $2 lease in ms, $3 how many, $4 tenant, $5 workflow or null: runs that were taken from their queues and are driven by nobody, as
 * their process ended or stopped. They are at work already, and so no limit is asked.
 */
export const claimAbandonedStatement: Statement = {
  name: 'espalier_claim_abandoned',
  text: `
    with due as materialized (
      select r.tenant, r.run from espalier.runs r
      where r.tenant = $4 and ($5::text is null or r.workflow = $5) and r.dequeued_at is not null and r.ended_at is null
        and (r.owner is not null or (r.status = 'running' and r.problem is null))
        and case when r.owner is null then r.wake_at <= now() else r.owner <> $1 and r.lease_until < now() end
      order by r.queue_number limit $3 for update skip locked
    ),
    ${taking("status = case r.status when 'waiting' then 'running' else r.status end")}`,
};
