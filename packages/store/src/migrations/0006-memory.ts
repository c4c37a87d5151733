import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const tables = ['memory_stores', 'memory_entries', 'memory_overlays'];

/**
 * Project and global memory (ENG-S, S28): stores, what they hold, and what became of the overlays in which forks write until they are
 * adopted (S3). An entry of an overlay has no place in its store yet, and so no `seq`.
 */
export const memory: Migration = { up, down };

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table espalier.memory_stores (
      tenant text collate "C" not null,
      store text collate "C" not null check (store in ('project', 'global')),
      project text collate "C" not null,
      seq bigint not null default 0,
      max_items integer not null,
      primary key (tenant, store, project)
    )`.execute(db);
  await sql`
    create table espalier.memory_entries (
      tenant text collate "C" not null,
      id text collate "C" not null,
      store text collate "C" not null,
      project text collate "C" not null,
      seq bigint,
      overlay text collate "C",
      number bigint generated always as identity,
      value text not null,
      tags text[] not null,
      run text collate "C" not null,
      task text collate "C" not null,
      node text collate "C" not null,
      at double precision not null,
      tokens integer not null,
      primary key (tenant, id),
      foreign key (tenant, store, project) references espalier.memory_stores (tenant, store, project),
      check ((seq is null) = (overlay is not null))
    )`.execute(db);
  await sql`create unique index memory_in_order on espalier.memory_entries (tenant, store, project, seq) where overlay is null`.execute(db);
  await sql`create index memory_by_overlay on espalier.memory_entries (tenant, overlay) where overlay is not null`.execute(db);
  await sql`
    create table espalier.memory_overlays (
      tenant text collate "C" not null,
      run text collate "C" not null,
      state text not null check (state in ('open', 'applied', 'discarded')),
      primary key (tenant, run)
    )`.execute(db);
  for (const table of tables) {
    const name = sql.table(`espalier.${table}`);
    await sql`grant select, insert, update, delete on ${name} to espalier_app`.execute(db);
    await sql`alter table ${name} enable row level security`.execute(db);
    await sql`
      create policy own_tenant on ${name} to espalier_app
      using (tenant = nullif(current_setting('espalier.tenant', true), ''))
      with check (tenant = nullif(current_setting('espalier.tenant', true), ''))`.execute(db);
  }
}

async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table espalier.memory_overlays, espalier.memory_entries, espalier.memory_stores`.execute(db);
}
