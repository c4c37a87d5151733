/**
 * The end of a statement that gives runs to an owner (S13), $1, for $2 milliseconds: those of its CTE `due`, which holds tenant and run of
 * rows that it has locked. Locks the heads of their streams in the order in which commits do. @param sets what else changes in the rows.
 */
export function taking(sets: string): string {
  return `
    taken as (
      update espalier.runs r
      set owner = $1, lease_until = clock_timestamp() + $2::float8 * interval '1 millisecond', epoch = r.epoch + 1, wake_at = null, ${sets}
      from due where r.tenant = due.tenant and r.run = due.run
      returning r.tenant, r.run, r.epoch, r.task, r.workflow_hash, r.dequeued_at is not null as is_dequeued
    ),
    locked as materialized (
      select s.tenant, s.stream, taken.epoch from espalier.streams s join taken on s.tenant = taken.tenant and s.stream = 'run:' || taken.run
      order by s.tenant, s.stream for update of s
    ),
    head as (
      update espalier.streams s set epoch = locked.epoch from locked where s.tenant = locked.tenant and s.stream = locked.stream
    )
    select tenant, run, epoch, task, workflow_hash, is_dequeued from taken`;
}
