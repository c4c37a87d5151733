import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The event log (S4, S5): streams, their events, and large payloads stored once. Ids compare by their bytes: what they mean in a language
 * costs time in every index.
 */
export const log: Migration = { up, down };

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table espalier.streams (
      tenant text collate "C" not null,
      stream text collate "C" not null,
      seq bigint not null,
      position bigint not null,
      epoch bigint not null default 0,
      primary key (tenant, stream)
    ) with (fillfactor = 60)`.execute(db); // each append rewrites the row: in place as long as its page has room
  // One row per commit and stream: a row and its index entries per event would cost more than all the rest of a commit.
  await sql`
    create table espalier.commits (
      id bigint generated always as identity (cache 1),
      tenant text collate "C" not null,
      stream text collate "C" not null,
      seq bigint not null,
      count integer not null,
      position bigint not null,
      types text[] not null,
      events text not null,
      actor text,
      primary key (tenant, stream, seq)
    )`.execute(db);
  await sql`create index commits_in_order on espalier.commits (position, id)`.execute(db);
  // For people: one row per event. It shows whoever looks what the table would show them.
  await sql`
    create view espalier.events with (security_invoker = true) as
    select c.tenant, c.stream, c.seq + e.number - 1 as seq, c.position, c.id, e.event ->> 0 as type, (e.event ->> 1)::float8 as at,
      (e.event -> 2)::text as payload, e.event -> 3 ->> 'refs' as refs, e.event -> 3 ->> 'cause' as cause, c.actor
    from espalier.commits c, json_array_elements(c.events::json) with ordinality as e (event, number)`.execute(db);
  await sql`
    create table espalier.payloads (
      tenant text collate "C" not null,
      hash text collate "C" not null,
      text text not null,
      primary key (tenant, hash)
    )`.execute(db);
  // The foreign key keeps a payload from being removed while a commit that refers to it is under way.
  await sql`
    create table espalier.payload_refs (
      tenant text collate "C" not null,
      hash text collate "C" not null,
      stream text collate "C" not null,
      primary key (tenant, hash, stream),
      foreign key (tenant, hash) references espalier.payloads (tenant, hash)
    )`.execute(db);
  await sql`create index payload_refs_by_stream on espalier.payload_refs (tenant, stream)`.execute(db);
  await sql`
    create table espalier.log (
      only_one boolean primary key default true check (only_one),
      incarnation uuid not null,
      cluster text not null
    )`.execute(db);
}

async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop view espalier.events`.execute(db);
  await sql`drop table espalier.log, espalier.payload_refs, espalier.payloads, espalier.commits, espalier.streams`.execute(db);
}
