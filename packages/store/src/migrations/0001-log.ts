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
  await sql`
    create table espalier.events (
      id bigint generated always as identity (cache 1),
      tenant text collate "C" not null,
      stream text collate "C" not null,
      seq bigint not null,
      position bigint not null,
      type text not null,
      payload text not null,
      refs text,
      actor text,
      cause_stream text,
      cause_seq bigint,
      at double precision not null,
      primary key (tenant, stream, seq)
    )`.execute(db);
  await sql`create index events_in_order on espalier.events (position, id)`.execute(db);
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
  await sql`drop table espalier.log, espalier.payload_refs, espalier.payloads, espalier.events, espalier.streams`.execute(db);
}
