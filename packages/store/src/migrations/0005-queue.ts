import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Runs that queue (ENG-Q): their order, when they were taken, and what a workflow of a tenant allows. */
export const queue: Migration = { up, down };

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table espalier.runs
      drop constraint runs_status_check,
      add constraint runs_status_check check (status in ('queued', 'running', 'waiting', 'paused', 'completed', 'cancelled')),
      add column queue_number bigint,
      add column dequeued_at timestamptz`.execute(db);
  await sql`create sequence espalier.queue_numbers`.execute(db);
  // What waits in a queue, what was taken from it lately, and what of that is at work. Runs that never queued are in none of them.
  await sql`create index runs_queued on espalier.runs (tenant, workflow, queue_number) where status = 'queued' and owner is null`.execute(
    db,
  );
  await sql`create index runs_dequeued on espalier.runs (tenant, workflow, dequeued_at) where dequeued_at is not null`.execute(db);
  await sql`
    create index runs_in_slots on espalier.runs (tenant, workflow)
    where dequeued_at is not null and ended_at is null and (owner is not null or (status = 'running' and problem is null))`.execute(db);
  await sql`
    create table espalier.queues (
      tenant text collate "C" not null,
      workflow text not null,
      max_concurrency integer not null,
      max_size integer,
      rate_runs integer,
      rate_ms double precision,
      primary key (tenant, workflow),
      check ((rate_runs is null) = (rate_ms is null))
    )`.execute(db);
  // Apart from the limits: whoever enters a run locks those, whoever takes one locks the turn, and neither waits for the other.
  await sql`
    create table espalier.queue_turns (
      tenant text collate "C" not null,
      workflow text not null,
      turn bigint not null default 0,
      primary key (tenant, workflow)
    )`.execute(db);
  await sql`create sequence espalier.queue_turn_numbers`.execute(db);
  await createEntrance(db);
  await protect(db);
  await reopen(db);
}

/** Runs may have queued before this was taken back: until the next one is entered, each of their queues allows one at a time. */
async function reopen(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into espalier.queues (tenant, workflow, max_concurrency)
    select distinct r.tenant, r.workflow, 1
    from espalier.runs r join espalier.commits c on c.tenant = r.tenant and c.stream = 'run:' || r.run and c.seq = 1
    where r.ended_at is null and 'run.queued' = any (c.types)`.execute(db);
  await sql`insert into espalier.queue_turns (tenant, workflow) select tenant, workflow from espalier.queues`.execute(db);
}

/**
 * Gives every run that is inserted as `queued` its number, or refuses it (SQLSTATE `ESPQF`). In the database, so that it is one with the
 * commit that holds the run's first events; the row of the queue is locked first, so that two who race for the last place do not both get it.
 */
async function createEntrance(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function espalier.enter_queue() returns trigger language plpgsql as $$
    declare
      allowed integer;
      size integer;
    begin
      select max_size into allowed from espalier.queues where tenant = new.tenant and workflow = new.workflow;
      if allowed is not null then
        select max_size into allowed from espalier.queues where tenant = new.tenant and workflow = new.workflow for update;
        select count(*) into size from (
          select from espalier.runs r
          where r.tenant = new.tenant and r.workflow = new.workflow and r.status = 'queued' and r.owner is null limit allowed
        ) entered;
        if size >= allowed then
          raise exception 'the queue is full' using errcode = 'ESPQF', detail = json_build_object('size', size, 'limit', allowed)::text;
        end if;
      end if;
      new.queue_number := nextval('espalier.queue_numbers');
      return new;
    end $$`.execute(db);
  await sql`
    create trigger enter_queue before insert on espalier.runs
    for each row when (new.status = 'queued') execute function espalier.enter_queue()`.execute(db);
}

async function protect(db: Kysely<unknown>): Promise<void> {
  for (const table of ['queues', 'queue_turns']) {
    const name = sql.table(`espalier.${table}`);
    await sql`grant select on ${name} to espalier_app`.execute(db);
    await sql`alter table ${name} enable row level security`.execute(db);
    await sql`
      create policy own_tenant on ${name} to espalier_app
      using (tenant = nullif(current_setting('espalier.tenant', true), ''))`.execute(db);
  }
}

/** Runs that still queue become due; the version before this one says that it does not know their journals. */
async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger enter_queue on espalier.runs`.execute(db);
  await sql`drop function espalier.enter_queue`.execute(db);
  await sql`drop table espalier.queue_turns, espalier.queues`.execute(db);
  await sql`drop sequence espalier.queue_turn_numbers, espalier.queue_numbers`.execute(db);
  await sql`drop index espalier.runs_queued, espalier.runs_dequeued, espalier.runs_in_slots`.execute(db);
  await sql`update espalier.runs set status = 'running', wake_at = now() where status = 'queued'`.execute(db);
  await sql`
    alter table espalier.runs
      drop column queue_number,
      drop column dequeued_at,
      drop constraint runs_status_check,
      add constraint runs_status_check check (status in ('running', 'waiting', 'paused', 'completed', 'cancelled'))`.execute(db);
}
