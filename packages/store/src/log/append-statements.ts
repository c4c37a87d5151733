import type { Statement } from '../database/database.ts';
import { accountsText } from '../usage/account-parameters.ts';
import type { PlainAppend } from './commit-parameters.ts';

/**
 * The hot path: a driver appends to the stream of its run and changes nothing else. The update of the head is lock, check and
 * position in one (S4); the id of the row is drawn once it is held, as the insert waits for it. No row of the head, no events.
 */
export const appendStatement: Statement = {
  name: 'espalier_append',
  text: `
    with head as (
      update espalier.streams
      set seq = seq + $5, position = greatest(position, pg_current_xact_id()::text::bigint)
      where tenant = $1 and stream = $2 and seq = $3 and epoch = $4
      returning position
    )
    insert into espalier.commits (tenant, stream, seq, count, position, types, events, actor)
    select $1, $2, $3 + 1, $5, position, $6, $7, $8 from head`,
};

/** The same of an append that changes the books ($9), which it does once the head is held: lock order runs, heads, budgets (S4, S21). */
export const appendAccountingStatement: Statement = {
  name: 'espalier_append_accounting',
  text: `
    with head as (
      update espalier.streams
      set seq = seq + $5, position = greatest(position, pg_current_xact_id()::text::bigint)
      where tenant = $1 and stream = $2 and seq = $3 and epoch = $4
      returning position
    ),
    books as materialized (
      select espalier.account($9, array[0]) as alerts from head
    )
    insert into espalier.commits (tenant, stream, seq, count, position, types, events, actor)
    select $1, $2, $3 + 1, $5, position, $6, $7, $8 from head, books
    returning 0 as number, (select alerts from books) as alerts`,
};

export function appendAccountingParameters(append: PlainAppend): unknown[] {
  return [...appendParameters(append), accountsText([append])];
}

export function appendParameters({ tenant, stream, expected, epoch, actor, row }: PlainAppend): unknown[] {
  return [tenant, stream, expected, epoch, row.count, row.types, row.text, actor];
}

/**
 * The same for several runs in one transaction: $1 are the appends as rows of JSON. Returns the numbers of those that were written.
 * Heads are looked up one by one and changed where they conflict: a plan that was made while the tables were small reads none of them whole.
 */
const appendMany = `
    with wanted as materialized (
      select * from json_to_recordset($1) as w
        (number int, tenant text, stream text, expected bigint, epoch bigint, actor text, count int, types text[], events text)
      order by w.tenant collate "C", w.stream collate "C"
    ),
    locked as materialized (
      select w.*, s.position
      from wanted w cross join lateral (
        select position from espalier.streams s
        where s.tenant = w.tenant and s.stream = w.stream and s.seq = w.expected and s.epoch = w.epoch for update
      ) s
    ),
    place as materialized (
      select greatest(pg_current_xact_id()::text::bigint, max(position)) as position from locked
    ),
    moved as (
      insert into espalier.streams (tenant, stream, seq, position)
      select l.tenant, l.stream, l.expected + l.count, place.position from locked l, place
      on conflict (tenant, stream) do update set seq = excluded.seq, position = excluded.position
    ),
    row as (
      insert into espalier.commits (tenant, stream, seq, count, position, types, events, actor)
      select l.tenant, l.stream, l.expected + 1, l.count, place.position, l.types, l.events, l.actor
      from locked l, place order by l.number
    )`;

/** Plain appends. */
export const appendManyStatement: Statement = {
  name: 'espalier_append_many',
  text: `${appendMany}
    select number from locked`,
};

/** Appends of which some change the books ($2). */
export const appendManyAccountingStatement: Statement = {
  name: 'espalier_append_many_accounting',
  text: `${appendMany},
    books as materialized (
      select espalier.account($2, array_agg(number)) as alerts from locked
    )
    select number, alerts from locked, books`,
};

export function appendManyAccountingParameters(appends: readonly PlainAppend[]): unknown[] {
  return [...appendManyParameters(appends), accountsText(appends)];
}

export function appendManyParameters(appends: readonly PlainAppend[]): unknown[] {
  const rows = appends.map(({ row: { text, ...row }, accounts: _, ...append }, number) => withEvents({ number, ...append, ...row }, text));
  return [`[${rows.join(',')}]`];
}

/** A row of JSON with events as they are: PostgreSQL hands on a value that is an array as its very text. */
export function withEvents(row: object, events: string): string {
  return `${JSON.stringify(row).slice(0, -1)},"events":${events}}`;
}
