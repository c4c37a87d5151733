import type { Statement } from '../database/database.ts';

/**
 * The hot path: a driver appends to the stream of its run and changes nothing else. The update of the head is lock, check and
 * position in one (S4); ids are drawn once it is held, as the insert waits for its row. No row of the head, no events.
 */
export const appendStatement: Statement = {
  name: 'espalier_append',
  text: `
    with head as (
      update espalier.streams
      set seq = seq + $5, position = greatest(position, pg_current_xact_id()::text::bigint)
      where tenant = $1 and stream = $2 and seq = $3 and epoch = $4
      returning seq - $5 as base, position
    )
    insert into espalier.events (tenant, stream, seq, position, type, payload, actor, at)
    select $1, $2, head.base + e.number, head.position, e.type, e.payload, $6, e.at
    from head, unnest($7::text[], $8::text[], $9::float8[]) with ordinality as e (type, payload, at, number)
    order by e.number`,
};

/**
 * The same for several runs in one transaction: parameters 1 to 7 are columns of the heads, the others of the events, those of a head
 * behind its `first`. Returns the numbers of the heads whose events were written.
 */
export const appendManyStatement: Statement = {
  name: 'espalier_append_many',
  text: `
    with wanted as materialized (
      select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::int[], $7::int[])
        with ordinality as w (tenant, stream, expected, epoch, actor, count, first, number)
    ),
    locked as materialized (
      select w.*, s.position
      from wanted w join espalier.streams s using (tenant, stream)
      where s.seq = w.expected and s.epoch = w.epoch
      order by tenant, stream for update of s
    ),
    place as materialized (
      select greatest(pg_current_xact_id()::text::bigint, max(position)) as position from locked
    ),
    moved as (
      update espalier.streams s set seq = l.expected + l.count, position = place.position
      from locked l, place where s.tenant = l.tenant and s.stream = l.stream
    ),
    event as (
      insert into espalier.events (tenant, stream, seq, position, type, payload, actor, at)
      select l.tenant, l.stream, l.expected + e.number, place.position,
        ($8::text[])[l.first + e.number], ($9::text[])[l.first + e.number], l.actor, ($10::float8[])[l.first + e.number]
      from locked l, place, generate_series(1, l.count) as e (number)
      order by l.number, e.number
    )
    select number from locked`,
};

/**
 * Everything else, and several commits in one transaction: commits that find their streams where they expect them are written whole,
 * the others not at all. Locks in the order runs, heads (S4). Parameters 1 to 4 are rows as JSON, the others columns of the events; returns the commits written.
 */
export const commitStatement: Statement = {
  name: 'espalier_commit',
  text: `
    with head as materialized (
      select * from json_to_recordset($1) as h
        (commit int, number int, tenant text, stream text, expected bigint, epoch bigint, count int)
    ),
    run_change as materialized (
      select * from json_to_recordset($2) as r
        (commit int, tenant text, run text, creates boolean, task text, workflow text, workflow_hash text, owner text, lease_ms float8,
         epoch bigint, started_at float8, status text, outcome text, reason text, ended_at float8, frees boolean, wakes boolean)
    ),
    owned as materialized (
      select r.run from espalier.runs r join run_change c using (tenant, run) order by r.tenant, r.run for update of r
    ),
    locked as materialized (
      select s.tenant, s.stream, s.seq, s.position, s.epoch
      from espalier.streams s join head h using (tenant, stream)
      where (select count(*) from owned) >= 0
      order by s.tenant, s.stream for update of s
    ),
    accepted as materialized (
      select h.commit from head h left join locked l using (tenant, stream)
      group by h.commit
      having bool_and(
        (h.expected is null or coalesce(l.seq, 0) = h.expected) and (h.epoch is null or coalesce(l.epoch, h.epoch) = h.epoch))
    ),
    place as materialized (
      select greatest(pg_current_xact_id()::text::bigint, coalesce(max(position), 0)) as position from locked
    ),
    payload as (
      insert into espalier.payloads (tenant, hash, text)
      select distinct on (p.tenant, p.hash) p.tenant, p.hash, p.text
      from json_to_recordset($3) as p (commit int, tenant text, hash text, text text, stream text) join accepted using (commit)
      order by p.tenant, p.hash
      on conflict do nothing
    ),
    payload_ref as (
      insert into espalier.payload_refs (tenant, hash, stream)
      select distinct p.tenant, p.hash, p.stream
      from json_to_recordset($3) as p (commit int, tenant text, hash text, text text, stream text) join accepted using (commit)
      on conflict do nothing
    ),
    moved as (
      insert into espalier.streams as s (tenant, stream, seq, position, epoch)
      select h.tenant, h.stream, h.count, place.position, coalesce(h.epoch, 0)
      from head h join accepted using (commit), place
      on conflict (tenant, stream) do update set seq = s.seq + excluded.seq, position = excluded.position
    ),
    event as (
      insert into espalier.events (tenant, stream, seq, position, type, payload, refs, actor, cause_stream, cause_seq, at)
      select h.tenant, h.stream, coalesce(l.seq, 0) + e.seq, place.position, e.type, e.payload, e.refs, e.actor, e.cause_stream, e.cause_seq, e.at
      from unnest($5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::float8[])
        with ordinality as e (head, seq, type, payload, refs, actor, cause_stream, cause_seq, at, number)
      join head h on h.number = e.head
      join accepted using (commit)
      left join locked l using (tenant, stream), place
      order by e.number
    ),
    new_run as (
      insert into espalier.runs
        (tenant, run, task, workflow, workflow_hash, status, outcome, reason, owner, epoch, lease_until, wake_at, started_at, ended_at)
      select c.tenant, c.run, c.task, c.workflow, c.workflow_hash, c.status, c.outcome, c.reason, c.owner, c.epoch,
        case when c.owner is not null then clock_timestamp() + c.lease_ms * interval '1 millisecond' end,
        case when c.wakes then clock_timestamp() end, c.started_at, c.ended_at
      from run_change c join accepted using (commit) where c.creates
    ),
    changed_run as (
      update espalier.runs r set
        status = coalesce(c.status, r.status), outcome = coalesce(c.outcome, r.outcome), reason = coalesce(c.reason, r.reason),
        ended_at = coalesce(c.ended_at, r.ended_at),
        owner = case when not c.frees then r.owner end, lease_until = case when not c.frees then r.lease_until end,
        wake_at = case when c.wakes then clock_timestamp() when not c.frees then r.wake_at end
      from run_change c join accepted using (commit)
      where not c.creates and r.tenant = c.tenant and r.run = c.run
    ),
    task_change as materialized (
      select t.* from json_to_recordset($4) as t
        (commit int, tenant text, task text, creates boolean, workflow text, created_at float8, status text, outcome text, reason text,
         run text, at float8) join accepted using (commit)
    ),
    new_task as (
      insert into espalier.tasks (tenant, task, status, outcome, reason, workflow, run, created_at, updated_at)
      select tenant, task, status, outcome, reason, workflow, run, created_at, at from task_change where creates
    ),
    changed_task as (
      update espalier.tasks t set
        status = c.status, outcome = c.outcome, reason = c.reason, run = c.run, version = t.version + 1, updated_at = c.at
      from task_change c where not c.creates and t.tenant = c.tenant and t.task = c.task
    )
    select commit from accepted`,
};
