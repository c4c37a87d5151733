import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { expect, it } from 'vitest';
import { openStore } from '../open-store.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { startPostgresCluster } from '../testing/postgres-cluster.ts';
import { migrate } from './migrate-location.ts';

await describePostgres('the privileges of an owner', () => {
  it('what docs/storage.md tells an administrator to do is enough to migrate, to open and to act for a tenant', async () => {
    const page = await readFile(new URL('../../../../docs/storage.md', import.meta.url), 'utf8');
    const [, statements = ''] = /```sql\n([\s\S]*?)```/.exec(page) ?? [];
    const cluster = await startPostgresCluster(); // of its own: roles belong to the cluster
    const administrator = new pg.Client({ connectionString: cluster.url('postgres') });
    await administrator.connect();
    for (const statement of statements.trim().split('\n')) await administrator.query(statement);
    await administrator.end();

    const url = new URL(cluster.url('espalier'));
    url.username = 'espalier_owner';
    expect((await migrate({ url: url.href }, 'up')).status).toMatchObject({ pending: [] });
    const store = await openStore({ location: { url: url.href } });
    expect(await store.tenant('default').runs({ limit: 1 })).toEqual([]);
    await store.close();
    await cluster.stop();
  });
});
