import { runInput } from '../contender.ts';

/** What one step leaves behind at the least: about the size of a journal's event. */
export const event = JSON.stringify({
  seq: 1,
  type: 'node.completed',
  payload: { node: 'step_1', output: runInput },
  at: 1_795_233_133_772,
});

export const createTables = `
  create table event (id bigint generated always as identity primary key, payload text not null);
  create table counter (id integer primary key, value bigint not null);
  insert into counter select client, 0 from generate_series(0, 255) as client;`;

export const insertEvent = 'insert into event (payload) values ($1)';
export const insertEvents = 'insert into event (payload) select unnest($1::text[])';
export const increment = 'update counter set value = value + 1 where id = $1';
export const countEvents = 'select count(*)::integer as count from event';
export const sumCounters = 'select sum(value)::integer as count from counter';
