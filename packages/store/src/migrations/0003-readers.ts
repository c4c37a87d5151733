import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Readers of the log with their cursors, what they could not take, and the journals that left the log (S7). */
export const readers: Migration = { up, down };

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table espalier.readers (
      name text collate "C" primary key,
      position bigint not null,
      commit_id bigint not null,
      taken integer not null,
      owner text,
      lease_until timestamptz,
      attempts integer not null default 0,
      problem text
    )`.execute(db);
  await sql`
    create table espalier.poisoned_events (
      name text collate "C" not null,
      tenant text collate "C" not null,
      stream text collate "C" not null,
      seq bigint not null,
      problem text not null,
      attempts integer not null,
      primary key (name, tenant, stream, seq)
    )`.execute(db);
  await sql`
    create table espalier.archived_runs (
      tenant text collate "C" not null,
      run text collate "C" not null,
      artifact text not null,
      events integer not null,
      primary key (tenant, run)
    )`.execute(db);
}

async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table espalier.archived_runs, espalier.poisoned_events, espalier.readers`.execute(db);
}
