import { settledEvent } from '@espalier/runtime/testing';
import { sql, type Transaction } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import type { Tables } from '../database/tables.ts';
import { reserving } from '../testing/accounting-commits.ts';
import { describeStores } from '../testing/describe-stores.ts';

await describeStores('S15 the books of a tenant', (subject) => {
  let mine: string;
  let theirs: string;
  beforeEach(async () => {
    mine = subject.newTenant();
    theirs = subject.newTenant();
    const journal = subject.store.system().journal(theirs);
    await journal.append('r1', 0, [reserving('a', 5, { s: 10 })]);
    await journal.append('r1', 1, [settledEvent({ key: 'a' }, 4)]);
  });

  /** As the role that the tenant's door uses. */
  const within = <T>(tenant: string, use: (trx: Transaction<Tables>) => Promise<T>) =>
    subject.store
      .system()
      .kysely.transaction()
      .execute(async (trx) => {
        await sql`select set_config('role', 'espalier_app', true), set_config('espalier.tenant', ${tenant}, true)`.execute(trx);
        return use(trx);
      });

  it('are not seen by another, even where SQL forgets the condition', async () => {
    const { ledger } = subject.store.tenant(mine);
    expect(await ledger.usage({ by: 'run' })).toEqual([]);
    expect(await ledger.budgets()).toEqual([]);
    for (const table of ['espalier.usage', 'espalier.budgets'] as const) {
      expect(await within(mine, (trx) => trx.selectFrom(table).select('tenant').execute())).toEqual([]);
      expect(await within(theirs, (trx) => trx.selectFrom(table).select('tenant').execute())).toEqual([{ tenant: theirs }]);
    }
    await within(mine, (trx) => trx.updateTable('espalier.budgets').set({ closed: true }).execute());
    expect(await subject.store.tenant(theirs).ledger.budgets()).toMatchObject([{ isClosed: false }]);
  });

  it.each([
    ['spend', sql`update espalier.budgets set spent = 0`],
    ['raise a cap', sql`update espalier.budgets set cap = 1000`],
    ['make a budget', sql`insert into espalier.budgets (tenant, scope, subject, period, cap) values ('x', 'session', 's', '', 1)`],
    ['strike a budget', sql`delete from espalier.budgets`],
    ['change what was used', sql`update espalier.usage set cost = 0`],
    ['strike what was used', sql`delete from espalier.usage`],
    ['settle', sql`select espalier.account('[{"commit":0,"kind":"settle","tenant":"x","key":"a","try":1}]', array[0])`],
  ])('cannot be changed through their own door but by opening a budget: not to %s', async (_, statement) => {
    await expect(within(theirs, (trx) => statement.execute(trx))).rejects.toThrow(/permission denied/);
    expect(await subject.store.tenant(theirs).ledger.budgets()).toMatchObject([{ cap: 10n, spent: 4n }]);
  });

  it('are there after a restart', async () => {
    await subject.reopen();
    const { ledger } = subject.store.tenant(theirs);
    expect(await ledger.usage({ by: 'session' })).toMatchObject([{ group: 's1', cost: 4n, requests: 1 }]);
    expect(await ledger.budgets()).toMatchObject([{ subject: 's', spent: 4n }]);
  });
});
