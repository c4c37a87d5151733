import { PGlite } from '@electric-sql/pglite';
import { expect, it } from 'vitest';
import { maintain } from './maintain.ts';

it('cleans up once enough has happened, and then not again for a while', async () => {
  const pglite = new PGlite();
  await pglite.exec('create schema espalier; create table espalier.counter (n int); insert into espalier.counter values (0)');
  expect(await maintain(pglite)).toBe(false);
  await pglite.exec(`do $$ begin for i in 1..10001 loop update espalier.counter set n = i; commit; end loop; end $$`);
  const size = async () => (await pglite.query<{ size: number }>(`select pg_relation_size('espalier.counter')::int as size`)).rows[0]?.size;
  expect(await maintain(pglite)).toBe(true);
  expect(await maintain(pglite)).toBe(false);
  expect(await size()).toBeLessThanOrEqual(16_384);
  await pglite.close();
});
