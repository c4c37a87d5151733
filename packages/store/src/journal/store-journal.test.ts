import { journalConformance, sampleEvents } from '@espalier/runtime/testing';
import { describe, expect, it } from 'vitest';
import type { SystemDoor } from '../doors/system-door.ts';
import { openStore } from '../open-store.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { describeStores, migratedDatabase } from '../testing/describe-stores.ts';
import { blockedEvent, cancelledEvent, completedEvent, startedEvent } from '../testing/sample-runs.ts';

await describeStores('StoreJournal', (subject) => {
  journalConformance('it', async () => {
    const tenant = subject.newTenant();
    const journal = subject.store.system().journal(tenant);
    const reopen = async () => {
      await subject.store.system().journal(tenant).close();
      return (await subject.reopen()).system().journal(tenant);
    };
    return { journal, reopen, close: () => subject.store.system().journal(tenant).close() };
  });

  describe('the commit that ends a run (S2)', () => {
    it.each([
      ['completes its task', completedEvent, { status: 'completed', outcome: 'success' }, { status: 'completed', outcome: 'success' }],
      [
        'that reached no exit blocks its task',
        blockedEvent,
        { status: 'completed', outcome: 'failure' },
        { status: 'blocked', outcome: null },
      ],
      ['cancels its task', cancelledEvent, { status: 'cancelled', outcome: null }, { status: 'cancelled', outcome: null }],
    ])('%s, in the rows and in both streams', async (_, end, run, task) => {
      const tenant = subject.newTenant();
      const journal = subject.store.system().journal(tenant);
      await journal.append('r1', 0, [startedEvent('t1'), ...sampleEvents(1)]);
      await journal.append('r1', 2, [end]);
      expect(await subject.store.tenant(tenant).run('r1')).toMatchObject({ ...run, owner: undefined, endedAt: end.at });
      expect(await taskRow(subject.store.system(), tenant)).toMatchObject(task);
      const words = (await subject.store.tenant(tenant).stream('task:t1')).map(({ type }) => type);
      expect(words).toEqual(['task.created', 'task.started', `task.${task.status}`]);
    });

    it('can be the only one', async () => {
      const tenant = subject.newTenant();
      await subject.store
        .system()
        .journal(tenant)
        .append('r1', 0, [startedEvent('t1'), completedEvent]);
      expect(await subject.store.tenant(tenant).run('r1')).toMatchObject({ status: 'completed', owner: undefined });
    });

    it('is the last: neither its driver nor anybody else appends after it', async () => {
      const tenant = subject.newTenant();
      const journal = subject.store.system().journal(tenant);
      await journal.append('r1', 0, [startedEvent(), completedEvent]);
      const ended = { code: 'journal.stale_seq', message: expect.stringContaining('has ended') };
      await expect(journal.append('r1', 2, sampleEvents(1))).rejects.toMatchObject(ended);
      const asking = subject.store
        .tenant(tenant)
        .request('r1', { type: 'run.cancel_requested', reason: 'late' }, { actor: 'person:a', at: 1 });
      await expect(asking).rejects.toMatchObject({ code: 'run.ended' });
      expect(await journal.read('r1')).toHaveLength(2);
    });
  });

  it('gives a run up on request that it took and could not append to', async () => {
    const tenant = subject.newTenant();
    const journal = subject.store.system().journal(tenant);
    await journal.append('r1', 0, [startedEvent()]);
    await journal.release('r1');
    await expect(journal.append('r1', 7, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.stale_seq' });
    await journal.release('r1');
    const kept = await subject.store.system().ownership.heartbeat();
    expect(kept.filter((run) => run.tenant === tenant)).toEqual([]);
  });

  it('refuses to read what is no event of a journal', async () => {
    const tenant = subject.newTenant();
    const journal = subject.store.system().journal(tenant);
    await journal.append('r1', 0, sampleEvents(1));
    await journal.append('r1', 1, sampleEvents(1));
    const { kysely } = subject.store.system();
    const second = (events: string) =>
      kysely.updateTable('espalier.commits').set({ events }).where('tenant', '=', tenant).where('seq', '=', '2').execute();
    const refusal = (reason: string) => ({ code: 'journal.corrupt', message: expect.stringContaining(reason) });
    await second('[["node.started",1,{"task":7}]]');
    await expect(journal.read('r1')).rejects.toMatchObject(refusal('event 2, node.started'));
    for (const damaged of ['', '[["node.sta', '{}', '[]', '[["node.started",1,{}],["node.started",1,{}]]']) {
      await second(damaged);
      await expect(journal.read('r1')).rejects.toMatchObject(refusal('run:r1 from 2 on'));
    }
    await kysely.deleteFrom('espalier.commits').where('tenant', '=', tenant).where('seq', '=', '1').execute();
    await second('[["node.started",1,{}]]');
    await expect(journal.read('r1')).rejects.toMatchObject(refusal('event 1 is missing'));
  });
});

function taskRow({ kysely }: SystemDoor, tenant: string) {
  return kysely.selectFrom('espalier.tasks').select(['status', 'outcome']).where('tenant', '=', tenant).executeTakeFirst();
}

await describePostgres('two processes with StoreJournals', (postgres) => {
  it('that start one run at once: one does, the other is told that it is taken (S13)', async () => {
    const location = { url: await migratedDatabase(postgres) };
    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore({ location })));
    for (let round = 0; round < 50; round += 1) {
      const journals = stores.map((store) => store.system().journal('a'));
      const results = await Promise.allSettled(journals.map((journal) => journal.append(`r${round}`, 0, [startedEvent(`t${round}`)])));
      const codes = results.map((result) => (result.status === 'fulfilled' ? 'written' : result.reason.code)).sort();
      expect(codes).toEqual(['journal.locked', 'journal.locked', 'journal.locked', 'written']);
    }
    await Promise.all(stores.map((store) => store.close()));
  });

  it('S13 that both think they own a run: the later owner writes, the former is fenced and forgets it', async () => {
    const location = { url: await migratedDatabase(postgres) };
    const former = await openStore({ location, leaseMs: 1 });
    const later = await openStore({ location });
    const [old, next] = [former.system().journal('a'), later.system().journal('a')];
    await old.append('r1', 0, [startedEvent()]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await next.append('r1', 1, sampleEvents(1));
    await expect(old.append('r1', 2, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.fenced' });
    expect(old.held('r1')).toBeUndefined();
    await expect(old.append('r1', 2, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.locked' });
    expect(await next.read('r1')).toHaveLength(2);
    await Promise.all([former.close(), later.close()]);
  });
});
