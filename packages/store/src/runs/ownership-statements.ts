import type { Statement } from '../database/database.ts';
import { taking } from './taking.ts';

/*
 * `runs(owner, epoch, lease_until)` by the clock of the database is the only ownership (S13). The epoch is written to the head of the
 * run's stream in the same statement: a driver's append checks it there, so that it locks one row only.
 */

/**
 * $1 owner, $2 lease in ms, $3 how many: runs of any tenant whose owner is gone, then those that are due, oldest first. Two scans, each in
 * the order of its index: however many wait, only these are looked at. No two claimers wait for each other. A process that was asleep for
 * longer than its lease still drives its runs, unless another has taken them: it claims none of them.
 */
export const claimStatement: Statement = {
  name: 'espalier_claim',
  text: `
    with lost as materialized (
      select tenant, run from espalier.runs where owner <> $1 and lease_until < now()
      order by lease_until limit $3::bigint for update skip locked
    ),
    waiting as materialized (
      select tenant, run from espalier.runs where owner is null and wake_at <= now()
      order by wake_at limit $3::bigint - (select count(*) from lost) for update skip locked
    ),
    -- Not more than these anyway: the limit tells the planner that they are few.
    due as materialized (select tenant, run from lost union all select tenant, run from waiting limit $3::bigint),
    ${taking("status = case r.status when 'waiting' then 'running' else r.status end")}`,
};

/** $1 owner, $2 lease in ms, $3 tenant, $4 run: this run, unless a process drives it, this one included, or it has ended. */
export const takeStatement: Statement = {
  name: 'espalier_take',
  text: `
    with taken as (
      update espalier.runs
      set owner = $1, lease_until = clock_timestamp() + $2::float8 * interval '1 millisecond', epoch = epoch + 1, wake_at = null,
        status = case status when 'waiting' then 'running' else status end
      where tenant = $3 and run = $4 and ended_at is null and (owner is null or (owner <> $1 and lease_until < now()))
      returning tenant, run, epoch, task, dequeued_at is not null as is_dequeued, status = 'queued' as is_queued
    ),
    head as (
      update espalier.streams s set epoch = taken.epoch from taken where s.tenant = taken.tenant and s.stream = 'run:' || taken.run
    )
    select epoch, task, is_dequeued, is_queued from taken`,
};

/** $1 owner, $2 lease in ms: keeps everything that the owner drives, and says which runs have something new in their journals. */
export const heartbeatStatement: Statement = {
  name: 'espalier_heartbeat',
  text: `
    with kept as materialized (
      select tenant, run, wake_at <= now() as woken from espalier.runs where owner = $1 order by tenant, run for update
    )
    update espalier.runs r
    set lease_until = clock_timestamp() + $2::float8 * interval '1 millisecond', wake_at = case when not kept.woken then r.wake_at end
    from kept where r.tenant = kept.tenant and r.run = kept.run
    returning r.tenant, r.run, r.epoch, coalesce(kept.woken, false) as woken`,
};

/**
 * $1 tenant, $2 run, $3 epoch, $4 the sequence number that the owner has seen, $5 status, $6 milliseconds until the run is due or null:
 * gives up a run that waits. No row if something came in meanwhile. One that is still queued goes back to its place in the queue.
 */
export const unloadStatement: Statement = {
  name: 'espalier_unload',
  text: `
    with owned as materialized (
      select tenant, run from espalier.runs where tenant = $1 and run = $2 and epoch = $3 and owner is not null for update
    ),
    head as materialized (
      select s.seq from espalier.streams s join owned on s.tenant = owned.tenant and s.stream = 'run:' || owned.run
      where s.seq = $4 and s.epoch = $3 for update of s
    )
    update espalier.runs r
    set owner = null, lease_until = null, problem = null, status = $5, dequeued_at = case when $5 <> 'queued' then r.dequeued_at end,
      wake_at = clock_timestamp() + $6::float8 * interval '1 millisecond'
    from head where r.tenant = $1 and r.run = $2`,
};

/** $1 tenant, $2 run, $3 epoch, $4 milliseconds until another process may claim it, $5 why this one could not drive it, or null. */
export const releaseStatement: Statement = {
  name: 'espalier_release',
  text: `
    update espalier.runs
    set owner = null, lease_until = null, problem = $5, wake_at = clock_timestamp() + $4::float8 * interval '1 millisecond'
    where tenant = $1 and run = $2 and epoch = $3 and owner is not null and ended_at is null`,
};
