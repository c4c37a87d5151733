import type { Statement } from '../database/database.ts';
import { type PreparedCommit, runRow, taskRow } from './commit-parameters.ts';
import type { EventsRow } from './events-text.ts';

/*
 * Most commits beside plain appends start a run or end it, and are alone in their transaction. What `commitStatement` does for them costs
 * as much again as the append; these have one row of everything, found by its key. They lock in the same order: runs, heads (S4).
 *
 * $1 tenant; $2 stream of the run, $3 its sequence number before, $4 epoch, $5 count, $6 types, $7 events, $8 actor; $9 stream of the root
 * task, $10 count, $11 types, $12 events, $13 actor; $14 the row of the run and $15 the row of the task, as JSON; $16 run, $17 task.
 */

/** The rows of both streams: `head` says that the run's stream is where it was expected, `place` where the events are to go. */
const insertRows = `
      insert into espalier.commits (tenant, stream, seq, count, position, types, events, actor)
      select $1, r.stream, r.seq, r.count, place.position, r.types, r.events, r.actor
      from place cross join lateral (values
        ($2, $3::bigint + 1, $5::int, $6::text[], $7, $8),
        ($9, place.task_seq + 1, $10::int, $11::text[], $12, $13)
      ) as r (stream, seq, count, types, events, actor)`;

const moveTask = `
      insert into espalier.streams as s (tenant, stream, seq, position)
      select $1, $9, $10, position from place
      on conflict (tenant, stream) do update set seq = s.seq + excluded.seq, position = excluded.position`;

/** The first commit of a run with its root task, and perhaps its last too. A row comes back if it was written. */
const startStatement: Statement = {
  name: 'espalier_start',
  text: `
    with task_head as materialized (
      select seq, position from espalier.streams where tenant = $1 and stream = $9 for update
    ),
    head as (
      insert into espalier.streams (tenant, stream, seq, position, epoch)
      select $1, $2, $5, greatest(pg_current_xact_id()::text::bigint, max(position)), $4 from task_head
      on conflict do nothing
      returning position
    ),
    place as materialized (
      select head.position, coalesce((select seq from task_head), 0) as task_seq from head
    ),
    moved_task as (${moveTask}
    ),
    row as (${insertRows}
    ),
    new_run as (
      insert into espalier.runs
        (tenant, run, task, workflow, workflow_hash, status, outcome, reason, owner, epoch, lease_until, wake_at, started_at, ended_at)
      select $1, $16, c.task, c.workflow, c.workflow_hash, c.status, c.outcome, c.reason, c.owner, $4,
        case when c.owner is not null then clock_timestamp() + c.lease_ms * interval '1 millisecond' end,
        case when c.wakes then clock_timestamp() end, c.started_at, c.ended_at
      from place, json_to_record($14) as c
        (task text, workflow text, workflow_hash text, owner text, lease_ms float8, started_at float8, status text, outcome text, reason text,
         ended_at float8, wakes boolean)
    ),
    new_task as (
      insert into espalier.tasks (tenant, task, status, outcome, reason, workflow, run, created_at, updated_at)
      select $1, $17, c.status, c.outcome, c.reason, c.workflow, c.run, c.created_at, c.at
      from place, json_to_record($15) as c
        (status text, outcome text, reason text, workflow text, run text, created_at float8, at float8)
    )
    select from place`,
};

/** A commit of a run that is there, which changes it and its root task: the last one, as a rule. A row comes back if it was written. */
const endStatement: Statement = {
  name: 'espalier_end',
  text: `
    with owned as materialized (
      select from espalier.runs where tenant = $1 and run = $16 for update
    ),
    head as materialized (
      select position from espalier.streams
      where tenant = $1 and stream = $2 and seq = $3 and epoch = $4 and (select count(*) from owned) >= 0 for update
    ),
    task_head as materialized (
      select seq, position from espalier.streams where tenant = $1 and stream = $9 and exists (select from head) for update
    ),
    place as materialized (
      select greatest(pg_current_xact_id()::text::bigint, head.position, task_head.position) as position, coalesce(task_head.seq, 0) as task_seq
      from head left join task_head on true
    ),
    moved as (
      update espalier.streams s set seq = s.seq + $5, position = place.position from place where s.tenant = $1 and s.stream = $2
    ),
    moved_task as (${moveTask}
    ),
    row as (${insertRows}
    ),
    changed_run as (
      update espalier.runs r set
        status = coalesce(c.status, r.status), outcome = coalesce(c.outcome, r.outcome), reason = coalesce(c.reason, r.reason),
        ended_at = coalesce(c.ended_at, r.ended_at),
        owner = case when not c.frees then r.owner end, lease_until = case when not c.frees then r.lease_until end,
        wake_at = case when c.wakes then clock_timestamp() when not c.frees then r.wake_at end
      from place, json_to_record($14) as c (status text, outcome text, reason text, ended_at float8, frees boolean, wakes boolean)
      where r.tenant = $1 and r.run = $16
    ),
    changed_task as (
      update espalier.tasks t set
        status = c.status, outcome = c.outcome, reason = c.reason, run = c.run, version = t.version + 1, updated_at = c.at
      from place, json_to_record($15) as c (status text, outcome text, reason text, run text, at float8)
      where t.tenant = $1 and t.task = $17
    )
    select from place`,
};

/** The statement for a commit that starts or ends one run and leaves the books alone, and its parameters; undefined for any other. */
export function runStatement(prepared: PreparedCommit): { statement: Statement; values: unknown[] } | undefined {
  const { commit, appends, hasLarge } = prepared;
  const { tenant, run, task } = commit;
  const [own, ofTask, ...others] = appends;
  if (!run || !task || !own || !ofTask || others.length > 0 || hasLarge || commit.accounts) return undefined;
  if (own.expected === undefined || own.epoch === undefined || ofTask.expected !== undefined || ofTask.epoch !== undefined)
    return undefined;
  const [row, taskEvents] = [onlyRow(own.rows), onlyRow(ofTask.rows)];
  const isStart = run.create !== undefined;
  if (!row || !taskEvents || isStart !== (own.expected === 0) || isStart !== (task.create !== undefined)) return undefined;
  const values = [
    ...[tenant, own.stream, own.expected, own.epoch, row.count, row.types, row.text, own.actor],
    ...[ofTask.stream, taskEvents.count, taskEvents.types, taskEvents.text, ofTask.actor],
    ...[JSON.stringify(runRow(run)), JSON.stringify(taskRow(task)), run.run, task.task],
  ];
  return { statement: isStart ? startStatement : endStatement, values };
}

function onlyRow([row, ...others]: readonly EventsRow[]): EventsRow | undefined {
  return others.length === 0 ? row : undefined;
}
