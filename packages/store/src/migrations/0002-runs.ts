import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Runs with their ownership (S13), root tasks (S1), and the workflows that runs are pinned to (S17). */
export const runs: Migration = { up, down };

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table espalier.runs (
      tenant text collate "C" not null,
      run text collate "C" not null,
      task text collate "C",
      workflow text not null,
      workflow_hash text not null,
      status text not null check (status in ('running', 'waiting', 'paused', 'completed', 'cancelled')),
      outcome text check (outcome in ('success', 'failure', 'partial')),
      reason text,
      owner text,
      epoch bigint not null default 0,
      lease_until timestamptz,
      wake_at timestamptz,
      problem text,
      started_at double precision not null,
      ended_at double precision,
      check ((owner is null) = (lease_until is null))
    )`.execute(db);
  // What a claim looks for: runs that nobody drives and that are due, and runs whose driver is gone.
  await sql`create index runs_due on espalier.runs (wake_at) where owner is null and wake_at is not null`.execute(db);
  await sql`create index runs_leased on espalier.runs (lease_until) where owner is not null`.execute(db);
  await sql`create index runs_by_end on espalier.runs (ended_at) where ended_at is not null`.execute(db);
  await sql`create index runs_by_start on espalier.runs (tenant, started_at, run)`.execute(db);
  // Last: of indexes that seem equal while the table is empty the planner takes the newest, for one run too.
  await sql`alter table espalier.runs add primary key (tenant, run)`.execute(db);
  await sql`
    create table espalier.tasks (
      tenant text collate "C" not null,
      task text collate "C" not null,
      status text not null check (status in ('pending', 'in_progress', 'blocked', 'completed', 'cancelled')),
      outcome text check (outcome in ('success', 'failure', 'partial')),
      reason text,
      workflow text,
      run text collate "C",
      version integer not null default 1,
      created_at double precision not null,
      updated_at double precision not null,
      primary key (tenant, task)
    )`.execute(db);
  await sql`
    create table espalier.workflows (
      tenant text collate "C" not null,
      hash text collate "C" not null,
      id text not null,
      directory text not null,
      sources text not null,
      primary key (tenant, hash)
    )`.execute(db);
}

async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table espalier.workflows, espalier.tasks, espalier.runs`.execute(db);
}
