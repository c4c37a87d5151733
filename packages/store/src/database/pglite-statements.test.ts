import { PGlite } from '@electric-sql/pglite';
import { afterAll, expect, it } from 'vitest';
import { createPreparedStatements } from './pglite-statements.ts';

const pglite = new PGlite();
const perform = createPreparedStatements(pglite);
afterAll(() => pglite.close());

const texts = [
  '',
  "it's",
  'a\\b',
  '"',
  '{a,b}',
  'null',
  'NULL',
  "'; drop table x; --",
  '$1',
  '\n\t\r',
  '\u2028 ü 👩‍👩‍👧',
  "\\'",
  '{"k":"v,w"}',
  ' x ',
];

it.each(texts)('hands over the text %j as it is, alone and in a list', async (text) => {
  const statement = { name: 'echo', text: 'select $1::text as alone, $2::text[] as list' };
  const { rows } = await perform(statement, [text, [text, null, 'x', text]]);
  expect(rows).toEqual([{ alone: text, list: [text, null, 'x', text] }]);
});

it('hands over numbers, nothing and empty lists', async () => {
  const statement = {
    name: 'kinds',
    text: 'select $1::bigint + 1 as big, $2::float8 as real, $3::text as nothing, $4::int[] as none, $5::float8[] as reals',
  };
  const { rows } = await perform(statement, [41, 7.25, null, [], [5e-324, 1e21, -0.1]]);
  expect(rows).toEqual([{ big: 42, real: 7.25, nothing: null, none: [], reals: [5e-324, 1e21, -0.1] }]);
});

it('counts what was written, also where nothing comes back', async () => {
  await pglite.exec('create table number (n int)');
  const insert = { name: 'insert_numbers', text: 'insert into number select unnest($1::int[])' };
  expect(await perform(insert, [[1, 2, 3]])).toEqual({ rows: [], count: 3 });
  expect(await perform({ name: 'delete_numbers', text: 'delete from number where n > $1' }, [9])).toEqual({ rows: [], count: 0 });
});

it('refuses NUL, which would end the statement', async () => {
  await expect(perform({ name: 'echo', text: '' }, ['a\0b', []])).rejects.toMatchObject({ code: 'input.invalid' });
});
