import { expect, it } from 'vitest';
import { openTestPglite } from './open-test-pglite.ts';

it('a test file gets a database of its own', async () => {
  const [one, other] = await Promise.all([openTestPglite({ migrated: true }), openTestPglite({ migrated: true })]);
  await one.pglite.exec('create table note (id bigint)');
  await expect(other.pglite.query('select * from note')).rejects.toThrow('does not exist');
  await Promise.all([one.close(), other.close()]);
});
