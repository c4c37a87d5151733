import type { Statement } from '../database/database.ts';
import { accountsText } from '../usage/account-parameters.ts';
import { withEvents } from './append-statements.ts';
import { type PreparedCommit, runRow, taskRow } from './commit-parameters.ts';

/** @param returning what says that a change was made before another one is. */
const commitWith = (returning: string) => `
    with run_change as materialized (
      select * from json_to_recordset($3) as c
        (commit int, tenant text, run text, creates boolean, task text, workflow text, workflow_hash text, owner text, lease_ms float8,
         epoch bigint, started_at float8, status text, outcome text, reason text, ended_at float8, frees boolean, wakes boolean)
      order by c.tenant collate "C", c.run collate "C"
    ),
    owned as materialized (
      select c.commit, c.wakes, c.frees, c.status as new_status, c.outcome as new_outcome, c.reason as new_reason, c.ended_at as new_ended_at, r.*
      from run_change c cross join lateral (
        select * from espalier.runs r where r.tenant = c.tenant and r.run = c.run for update
      ) r where not c.creates
    ),
    head as materialized (
      select * from json_to_recordset($1) as h
        (commit int, number int, tenant text, stream text, expected bigint, epoch bigint, actor text, count int)
      order by h.tenant collate "C", h.stream collate "C"
    ),
    locked as materialized (
      select h.*, coalesce(s.seq, 0) as seq, s.position,
        (h.expected is null or coalesce(s.seq, 0) = h.expected) and (h.epoch is null or coalesce(s.epoch, h.epoch) = h.epoch) as fits
      from head h left join lateral (
        select seq, position, epoch from espalier.streams s where s.tenant = h.tenant and s.stream = h.stream for update
      ) s on true
      where (select count(*) from owned) >= 0
    ),
    accepted as materialized (
      select commit from locked group by commit having bool_and(fits)
    ),
    place as materialized (
      select greatest(pg_current_xact_id()::text::bigint, max(position)) as position from locked
    ),
    payload as materialized (
      select p.* from json_to_recordset($5) as p (commit int, tenant text, hash text, text text, stream text) join accepted using (commit)
    ),
    new_payload as (
      insert into espalier.payloads (tenant, hash, text)
      select distinct on (tenant, hash) tenant, hash, text from payload order by tenant, hash
      on conflict do nothing${returning}
    ),
    payload_ref as (
      insert into espalier.payload_refs (tenant, hash, stream) select distinct tenant, hash, stream from payload
      on conflict do nothing
    ),
    moved as (
      insert into espalier.streams as s (tenant, stream, seq, position, epoch)
      select l.tenant, l.stream, l.count, place.position, coalesce(l.epoch, 0)
      from locked l join accepted using (commit), place
      on conflict (tenant, stream) do update set seq = s.seq + excluded.seq, position = excluded.position${returning}
    ),
    row as (
      insert into espalier.commits (tenant, stream, seq, count, position, types, events, actor)
      select l.tenant, l.stream, l.seq + e.before + 1, e.count, place.position, e.types, e.events, l.actor
      from json_to_recordset($2) as e (number int, before int, count int, types text[], events text)
      join locked l using (number) join accepted using (commit), place
      order by e.number, e.before
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
      insert into espalier.runs
        (tenant, run, task, workflow, workflow_hash, status, outcome, reason, owner, epoch, lease_until, wake_at, started_at, ended_at)
      select o.tenant, o.run, o.task, o.workflow, o.workflow_hash,
        coalesce(o.new_status, o.status), coalesce(o.new_outcome, o.outcome), coalesce(o.new_reason, o.reason),
        case when not o.frees then o.owner end, o.epoch, case when not o.frees then o.lease_until end,
        case when o.wakes then clock_timestamp() when not o.frees then o.wake_at end, o.started_at, coalesce(o.new_ended_at, o.ended_at)
      from owned o join accepted using (commit)
      on conflict (tenant, run) do update set
        status = excluded.status, outcome = excluded.outcome, reason = excluded.reason, owner = excluded.owner,
        lease_until = excluded.lease_until, wake_at = excluded.wake_at, ended_at = excluded.ended_at
    ),
    task_change as materialized (
      select c.* from json_to_recordset($4) as c
        (commit int, tenant text, task text, creates boolean, workflow text, created_at float8, status text, outcome text, reason text,
         run text, at float8) join accepted using (commit)
    ),
    new_task as (
      insert into espalier.tasks (tenant, task, status, outcome, reason, workflow, run, created_at, updated_at)
      select tenant, task, status, outcome, reason, workflow, run, created_at, at from task_change where creates
    ),
    changed_task as (
      insert into espalier.tasks as t (tenant, task, status, outcome, reason, run, created_at, updated_at)
      select c.tenant, c.task, c.status, c.outcome, c.reason, c.run, c.at, c.at
      from task_change c cross join lateral (
        select from espalier.tasks t where t.tenant = c.tenant and t.task = c.task for update
      ) t where not c.creates
      on conflict (tenant, task) do update set
        status = excluded.status, outcome = excluded.outcome, reason = excluded.reason, run = excluded.run,
        version = t.version + 1, updated_at = excluded.updated_at
    )`;

/**
 * Commits of any kind, several in one transaction: those that find their streams where they expect them are written whole, the others
 * not at all. Locks in the order runs, heads (S4). The parameters are rows as JSON: heads, events, runs, tasks, large values. Returns
 * the commits written. Rows are looked up one by one and changed where they conflict: a plan that was made while the tables were small
 * reads none of them whole.
 */
export const commitStatement: Statement = {
  name: 'espalier_commit',
  text: `${commitWith('')}
    select commit from accepted`,
};

/**
 * The same with commits that change the books ($6). Whoever makes a head or keeps a large value at the same moment as another waits for
 * him, and so must not hold a budget yet: lock order runs, heads, large values, budgets.
 */
export const commitAccountingStatement: Statement = {
  name: 'espalier_commit_accounting',
  text: `${commitWith(' returning true')},
    books as materialized (
      select espalier.account($6, array_agg(commit)) as alerts from accepted
      where (select count(*) from moved) + (select count(*) from new_payload) >= 0
    )
    select commit as number, alerts from accepted, books`,
};

export function commitAccountingParameters(prepared: readonly PreparedCommit[]): unknown[] {
  return [...commitParameters(prepared), accountsText(prepared.map(({ commit }) => commit))];
}

/** The commits are numbered as they stand, and so are the heads of all of them. */
export function commitParameters(prepared: readonly PreparedCommit[]): unknown[] {
  const heads = prepared.flatMap(({ commit: { tenant }, appends }, commit) => appends.map((append) => ({ ...append, commit, tenant })));
  const events = heads.flatMap(({ rows }, number) => rows.map(({ text, ...row }) => withEvents({ number, ...row }, text)));
  return [
    JSON.stringify(heads.map(({ rows: _, values: __, ...head }, number) => ({ ...head, number }))),
    `[${events.join(',')}]`,
    JSON.stringify(prepared.flatMap(runRows)),
    JSON.stringify(prepared.flatMap(({ commit: { tenant, task } }, commit) => (task ? [{ commit, tenant, ...taskRow(task) }] : []))),
    JSON.stringify(prepared.flatMap(payloadRows)),
  ];
}

function runRows({ commit: { tenant, run }, appends }: PreparedCommit, commit: number) {
  const epoch = appends.find((append) => append.epoch !== undefined)?.epoch ?? 0;
  return run ? [{ commit, tenant, epoch, ...runRow(run) }] : [];
}

function payloadRows({ commit: { tenant }, appends }: PreparedCommit, commit: number) {
  return appends.flatMap(({ stream, values }) => [...values].map(([hash, text]) => ({ commit, tenant, hash, text, stream })));
}
