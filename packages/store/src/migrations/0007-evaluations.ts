import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What evaluations came to (ENG-E), each tenant's by itself (S15). */
export const evaluations: Migration = { up, down };

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table espalier.evaluations (
      tenant text collate "C" not null,
      evaluation text collate "C" not null,
      workflow text not null,
      workflow_hash text not null,
      engine_version text not null,
      started_at double precision not null,
      duration_ms double precision not null,
      passed integer not null,
      failed integer not null,
      errored integer not null,
      report text not null,
      primary key (tenant, evaluation)
    )`.execute(db);
  await sql`create index evaluations_by_start on espalier.evaluations (tenant, workflow, started_at)`.execute(db);
  await sql`grant select, insert, update, delete on espalier.evaluations to espalier_app`.execute(db);
  await sql`alter table espalier.evaluations enable row level security`.execute(db);
  await sql`
    create policy own_tenant on espalier.evaluations to espalier_app
    using (tenant = nullif(current_setting('espalier.tenant', true), ''))
    with check (tenant = nullif(current_setting('espalier.tenant', true), ''))`.execute(db);
}

async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table espalier.evaluations`.execute(db);
}
