import { outputEvent, sampleEvents } from '@espalier/runtime/testing';
import { sql, type Transaction } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tables } from '../database/tables.ts';
import { describeStores } from '../testing/describe-stores.ts';
import { startedEvent } from '../testing/sample-runs.ts';

const by = { actor: 'person:a', at: 5 };
const tables = ['streams', 'commits', 'payloads', 'payload_refs', 'runs', 'tasks', 'workflows', 'archived_runs'] as const;

await describeStores('the door of a tenant (S15)', (subject) => {
  beforeAll(async () => {
    for (const tenant of ['mine', 'theirs']) {
      const journal = subject.store.system().journal(tenant);
      await journal.append(`run-${tenant}`, 0, [startedEvent(`task-${tenant}`), outputEvent(`${tenant} ${'x'.repeat(20_000)}`)]);
      await journal.append('shared', 0, [startedEvent(`shared-${tenant}`, tenant)]);
      const { kysely } = subject.store.system();
      await kysely.insertInto('espalier.workflows').values({ tenant, hash: 'h', id: 'w', directory: '/', sources: '[]' }).execute();
      await kysely.insertInto('espalier.archived_runs').values({ tenant, run: 'old', artifact: 'h', events: 1 }).execute();
    }
  });

  describe('shows what belongs to the tenant and nothing else', () => {
    const mine = () => subject.store.tenant('mine');

    it('as runs', async () => {
      expect((await mine().runs({ limit: 100 })).map(({ run, task }) => [run, task])).toEqual([
        ['run-mine', 'task-mine'],
        ['shared', 'shared-mine'],
      ]);
      expect(await mine().countRuns()).toBe(2);
      expect(await mine().runs({ limit: 100, status: 'completed' })).toEqual([]);
    });

    it('as one run', async () => {
      expect(await mine().run('run-mine')).toMatchObject({ task: 'task-mine' });
      expect(await mine().run('shared')).toMatchObject({ task: 'shared-mine' });
      expect(await mine().run('run-theirs')).toBeUndefined();
    });

    it('as runs whose ids begin so', async () => {
      expect(await mine().runsLike('', 100)).toEqual(['run-mine', 'shared']);
      expect(await mine().runsLike('run-', 100)).toEqual(['run-mine']);
      expect(await mine().runsLike('%', 100)).toEqual([]);
    });

    it('as journals and streams', async () => {
      expect(await mine().journal('run-mine')).toHaveLength(2);
      expect(await mine().journal('run-theirs')).toEqual([]);
      expect((await mine().journal('shared'))[0]).toMatchObject({ payload: { input: 'mine' } });
      expect(await mine().stream('task:task-theirs')).toEqual([]);
      expect(await mine().stream('task:task-mine')).toHaveLength(2);
    });

    it('and asks nothing of other runs', async () => {
      const asking = mine().request('run-theirs', { type: 'run.cancel_requested', reason: 'spite' }, by);
      await expect(asking).rejects.toMatchObject({ code: 'run.not_found' });
      expect(await subject.store.tenant('theirs').journal('run-theirs')).toHaveLength(2);
      expect(await mine().request('shared', { type: 'run.paused' }, by)).toBe(true);
      expect(await subject.store.tenant('theirs').run('shared')).toMatchObject({ status: 'running' });
      expect(await subject.store.tenant('theirs').journal('shared')).toHaveLength(1);
    });
  });

  it.each(['', ' ', 'a b', '../a', 'a/b', 'a\u0000', "a'; drop table espalier.runs; --", 'x'.repeat(65), 'ü'])(
    'is not opened for %j',
    (tenant) => {
      expect(() => subject.store.tenant(tenant)).toThrowError(expect.objectContaining({ code: 'input.invalid' }));
    },
  );

  describe('under row-level security, where SQL forgets the condition', () => {
    /** As the door does it. */
    const within = <T>(tenant: string | null, use: (trx: Transaction<Tables>) => Promise<T>) =>
      subject.store
        .system()
        .kysely.transaction()
        .execute(async (trx) => {
          await sql`select set_config('role', 'espalier_app', true)`.execute(trx);
          if (tenant !== null) await sql`select set_config('espalier.tenant', ${tenant}, true)`.execute(trx);
          return use(trx);
        });
    const tenantsIn = async (trx: Transaction<Tables>, table: string) => {
      const { rows } = await sql<{ tenant: string }>`select distinct tenant from ${sql.table(`espalier.${table}`)}`.execute(trx);
      return rows.map(({ tenant }) => tenant);
    };

    it.each(tables)('only own rows of %s are read, changed and removed', async (table) => {
      await within('mine', async (trx) => {
        expect(await tenantsIn(trx, table)).toEqual(['mine']);
        const changed = await sql`update ${sql.table(`espalier.${table}`)} set tenant = tenant`.execute(trx);
        const { rows } = await sql<{ count: string }>`select count(*) as count from ${sql.table(`espalier.${table}`)}`.execute(trx);
        expect(String(changed.numAffectedRows)).toBe(rows[0]?.count);
      });
      expect((await tenantsIn(subject.store.system().kysely as never, table)).sort()).toEqual(['mine', 'theirs']);
    });

    it.each(tables)('no row of %s is moved to another tenant', async (table) => {
      const moving = within('mine', (trx) => sql`update ${sql.table(`espalier.${table}`)} set tenant = 'theirs'`.execute(trx));
      await expect(moving).rejects.toThrow(/row-level security/);
    });

    it('no row is made for another tenant', async () => {
      const row = { tenant: 'theirs', hash: 'x', text: '1' };
      await expect(within('mine', (trx) => trx.insertInto('espalier.payloads').values(row).execute())).rejects.toThrow(
        /row-level security/,
      );
    });

    it.each([null, ''])('the tenant %j sees nothing and writes nothing', async (tenant) => {
      await within('mine', async () => {}); // leaves an empty setting behind on this connection
      for (const table of tables) expect(await within(tenant, (trx) => tenantsIn(trx, table))).toEqual([]);
      const row = { tenant: '', hash: 'x', text: '1' };
      await expect(within(tenant, (trx) => trx.insertInto('espalier.payloads').values(row).execute())).rejects.toThrow(
        /row-level security/,
      );
    });

    it.each(['readers', 'poisoned_events', 'log', 'migrations'])('the system’s table %s is closed', async (table) => {
      await expect(within('mine', (trx) => sql`select * from ${sql.table(`espalier.${table}`)}`.execute(trx))).rejects.toThrow(
        /permission denied/,
      );
    });

    it('of the events, which are a view, only own ones are read, and none written', async () => {
      expect(await within('mine', (trx) => tenantsIn(trx, 'events'))).toEqual(['mine']);
      expect(await within(null, (trx) => tenantsIn(trx, 'events'))).toEqual([]);
      expect((await tenantsIn(subject.store.system().kysely as never, 'events')).sort()).toEqual(['mine', 'theirs']);
      await expect(within('mine', (trx) => sql`delete from espalier.events`.execute(trx))).rejects.toThrow(
        /cannot delete|permission denied/,
      );
    });

    it('every view shows whoever looks what the tables would show', async () => {
      const { rows } = await sql<{ view: string; options: string[] | null }>`
        select relname as view, reloptions as options from pg_class where relnamespace = 'espalier'::regnamespace and relkind in ('v', 'm')`.execute(
        subject.store.system().kysely,
      );
      expect(rows).toEqual([{ view: 'events', options: ['security_invoker=true'] }]);
    });

    it('every table that has tenants is fenced', async () => {
      const { rows } = await sql<{ table: string; fenced: boolean }>`
        select c.relname as table, c.relrowsecurity as fenced from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'espalier'::regnamespace and c.relkind = 'r' and a.attname = 'tenant' and not a.attisdropped`.execute(
        subject.store.system().kysely,
      );
      const open = rows.filter(({ fenced }) => !fenced).map(({ table }) => table);
      expect(open).toEqual(['poisoned_events']); // closed to the role altogether
    });

    it('the role and the tenant end with the transaction', async () => {
      await subject.store.tenant('mine').countRuns();
      await expect(subject.store.tenant('mine').runs({ limit: -1 })).rejects.toMatchObject({ code: 'storage.failed' });
      const { rows } =
        await sql`select current_user = session_user as same, nullif(current_setting('espalier.tenant', true), '') as tenant`.execute(
          subject.store.system().kysely,
        );
      expect(rows).toEqual([{ same: true, tenant: null }]);
    });
  });

  it('many tenants at once each get their own', async () => {
    const tenants = Array.from({ length: 30 }, () => subject.newTenant());
    for (const [index, tenant] of tenants.entries())
      await subject.store
        .system()
        .journal(tenant)
        .append(`r-${tenant}`, 0, sampleEvents(index + 1));
    const seen = await Promise.all(tenants.map((tenant) => subject.store.tenant(tenant).runsLike('', 10)));
    expect(seen).toEqual(tenants.map((tenant) => [`r-${tenant}`]));
  });
});
