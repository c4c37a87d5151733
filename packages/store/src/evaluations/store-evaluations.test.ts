import type { Evaluation } from '@espalier/runtime/ports';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { describeStores } from '../testing/describe-stores.ts';

const evaluation = (id: string, more: Partial<Evaluation> = {}): Evaluation => ({
  ...{
    evaluation: id,
    workflow: 'w',
    workflow_hash: 'h',
    hashes: { 'workflow.yaml': 'h' },
    engine_version: '1',
    started_at: 1,
    duration_ms: 2.5,
  },
  notices: ['“quoted” \u0001'],
  cases: [{ suite: 's', case: 'c', outcome: 'failed', models: [], duration_ms: 1, output: { 'ü\n': null }, assertions: [] }],
  ...more,
});

await describeStores('the evaluations of a tenant (ENG-E)', (subject) => {
  it('are there as they were put, after a restart too', async () => {
    const tenant = subject.newTenant();
    await subject.store.tenant(tenant).evaluations.put(evaluation('eval_a'));
    const reopened = await subject.reopen();
    expect(await reopened.tenant(tenant).evaluations.get('eval_a')).toEqual(evaluation('eval_a'));
    expect(await reopened.tenant(tenant).evaluations.get('eval_b')).toBeUndefined();
  });

  it('are listed newest last, by workflow and by the beginning of their ids', async () => {
    const { evaluations } = subject.store.tenant(subject.newTenant());
    await evaluations.put(evaluation('eval_b', { started_at: 2 }));
    await evaluations.put(evaluation('eval_a', { started_at: 1 }));
    await evaluations.put(evaluation('other_%', { started_at: 3, workflow: 'v' }));
    const ids = async (query: object) => (await evaluations.list({ limit: 5, ...query })).map((entry) => entry.evaluation);
    expect(await ids({})).toEqual(['eval_a', 'eval_b', 'other_%']);
    expect(await ids({ limit: 1 })).toEqual(['other_%']);
    expect(await ids({ workflow: 'w' })).toEqual(['eval_a', 'eval_b']);
    expect(await ids({ prefix: 'eval_b' })).toEqual(['eval_b']);
    expect(await ids({ prefix: '%' })).toEqual([]);
    expect(await evaluations.list({ limit: 1, workflow: 'w' })).toEqual([
      {
        ...{ evaluation: 'eval_b', workflow: 'w', workflow_hash: 'h', engine_version: '1', started_at: 2, duration_ms: 2.5 },
        passed: 0,
        failed: 1,
        errored: 0,
      },
    ]);
  });

  it('S15 are not those of another tenant, even where SQL forgets the condition', async () => {
    const [mine, theirs] = [subject.newTenant(), subject.newTenant()];
    await subject.store.tenant(theirs).evaluations.put(evaluation('eval_c'));
    expect(await subject.store.tenant(mine).evaluations.get('eval_c')).toBeUndefined();
    expect(await subject.store.tenant(mine).evaluations.list({ limit: 5 })).toEqual([]);
    const seen = await subject.store
      .system()
      .kysely.transaction()
      .execute(async (trx) => {
        await sql`select set_config('role', 'espalier_app', true), set_config('espalier.tenant', ${mine}, true)`.execute(trx);
        return trx.selectFrom('espalier.evaluations').select('tenant').execute();
      });
    expect(seen).toEqual([]);
  });

  it('that were damaged are refused', async () => {
    const tenant = subject.newTenant();
    const { evaluations } = subject.store.tenant(tenant);
    await evaluations.put(evaluation('eval_d'));
    const { kysely } = subject.store.system();
    for (const report of ['{}', '{']) {
      await kysely.updateTable('espalier.evaluations').set({ report }).where('tenant', '=', tenant).execute();
      await expect(evaluations.get('eval_d')).rejects.toMatchObject({ code: 'storage.failed' });
    }
  });
});
