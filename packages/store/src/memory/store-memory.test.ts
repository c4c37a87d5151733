import type { MemoryPlace, MemoryStore } from '@espalier/runtime/ports';
import { memoryStoreConformance, newMemory } from '@espalier/runtime/testing';
import type { Transaction } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Tables } from '../database/tables.ts';
import { describeStores } from '../testing/describe-stores.ts';
import { applyOverlay, discardOverlay } from './overlays.ts';

const shop: MemoryPlace = { store: 'project', project: 'shop' };
const everywhere: MemoryPlace = { store: 'global', project: '' };
const many = { maxItems: 1000 };

await describeStores('StoreMemory', (subject) => {
  memoryStoreConformance('it', async () => {
    const tenant = subject.newTenant();
    const memory = subject.store.system().memory(tenant);
    return { memory, reopen: async () => (await subject.reopen()).system().memory(tenant), close: async () => {} };
  });

  let tenant: string;
  let memory: MemoryStore;
  beforeEach(() => {
    tenant = subject.newTenant();
    memory = subject.store.system().memory(tenant);
  });
  const ids = async (place = shop) => (await memory.read(place, { limit: 100 })).map(({ id }) => id);
  const within = (use: (trx: Transaction<Tables>) => Promise<void>) => subject.store.system().kysely.transaction().execute(use);
  const rows = () =>
    subject.store.system().kysely.selectFrom('espalier.memory_entries').select('id').where('tenant', '=', tenant).execute();

  describe('tenants (S15)', () => {
    it('see their own memory alone, also through their door', async () => {
      const theirs = subject.newTenant();
      await memory.write(shop, newMemory('a', 'mine'), many);
      await subject.store.system().memory(theirs).write(shop, newMemory('a', 'theirs'), { maxItems: 1 });
      for (const [name, value] of [
        [tenant, 'mine'],
        [theirs, 'theirs'],
      ] as const) {
        expect(await subject.store.system().memory(name).read(shop, { limit: 10 })).toMatchObject([{ value }]);
        expect(await subject.store.tenant(name).memory(shop, { limit: 10 })).toMatchObject([{ value }]);
      }
      expect(await subject.store.tenant('nobody').memory(shop, { limit: 10 })).toEqual([]);
    });
  });

  describe('the overlay of a fork (S3)', () => {
    const fork = { ...many, fork: 'fork-1' };

    it('is seen by nobody until the fork is adopted, and then is the newest in every store, in its order', async () => {
      await memory.write(shop, newMemory('before'), many);
      await memory.write(shop, newMemory('x'), fork);
      await memory.write(everywhere, newMemory('z'), fork);
      await memory.write(shop, newMemory('y'), fork);
      await memory.write(shop, newMemory('y', 'again'), fork);
      await memory.write(shop, newMemory('other'), { ...many, fork: 'fork-2' });
      await memory.write(shop, newMemory('meanwhile'), many);
      expect([await ids(), await ids(everywhere)]).toEqual([['meanwhile', 'before'], []]);
      await within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      expect([await ids(), await ids(everywhere)]).toEqual([['y', 'x', 'meanwhile', 'before'], ['z']]);
      expect((await memory.read(shop, { limit: 10 })).map(({ seq, value }) => [seq, value])).toContainEqual([4, 'text of y']);
      await within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      expect(await ids()).toEqual(['y', 'x', 'meanwhile', 'before']);
    });

    it('takes part in the retention of its stores when it is applied, and not before', async () => {
      for (const id of ['a', 'b']) await memory.write(shop, newMemory(id), { maxItems: 3 });
      for (const id of ['x', 'y']) await memory.write(shop, newMemory(id), { maxItems: 3, fork: 'fork-1' });
      expect(await ids()).toEqual(['b', 'a']);
      await within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      expect(await ids()).toEqual(['y', 'x', 'b']);
    });

    it('is nothing any more once the fork is adopted: what it writes then is seen at once, and no write is doubled', async () => {
      await memory.write(shop, newMemory('x'), fork);
      await within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      await memory.write(shop, newMemory('x'), fork);
      await memory.write(shop, newMemory('later'), fork);
      expect(await ids()).toEqual(['later', 'x']);
    });

    it('is applied also if the fork had written nothing yet', async () => {
      await within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      await memory.write(shop, newMemory('first'), fork);
      expect(await ids()).toEqual(['first']);
    });

    it('leaves no trace when it is discarded, whatever the fork writes afterwards', async () => {
      await memory.write(shop, newMemory('a'), many);
      await memory.write(shop, newMemory('x'), fork);
      await within((trx) => discardOverlay(trx, { tenant, run: 'fork-1' }));
      await memory.write(shop, newMemory('y'), fork);
      expect((await rows()).map(({ id }) => id)).toEqual(['a']);
    });

    it('that was discarded has no say in how many entries its stores keep', async () => {
      await memory.write(shop, newMemory('a'), many);
      await memory.write(shop, newMemory('b'), fork);
      await memory.write(shop, newMemory('c'), { maxItems: 1, fork: 'fork-2' });
      await within((trx) => discardOverlay(trx, { tenant, run: 'fork-2' }));
      await within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      expect(await ids()).toEqual(['b', 'a']);
    });

    it('is applied or discarded with the transaction, or not at all', async () => {
      await memory.write(shop, newMemory('x'), fork);
      for (const settle of [applyOverlay, discardOverlay]) {
        const failing = within(async (trx) => {
          await settle(trx, { tenant, run: 'fork-1' });
          throw new Error('no');
        });
        await expect(failing).rejects.toThrow('no');
      }
      expect(await ids()).toEqual([]);
      await memory.write(shop, newMemory('y'), fork);
      await within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      expect(await ids()).toEqual(['y', 'x']);
    });

    it('brings with it what the fork took over from one before it', async () => {
      await memory.write(shop, newMemory('first/1'), { ...many, fork: 'first' });
      await memory.write(shop, newMemory('first/2'), { ...many, fork: 'first' });
      await memory.write(shop, newMemory('second/1'), { ...many, fork: 'second' });
      await within((trx) => applyOverlay(trx, { tenant, run: 'second' }, { inherited: ['first/1'] }));
      expect(await ids()).toEqual(['second/1', 'first/1']);
      await within((trx) => applyOverlay(trx, { tenant, run: 'first' }));
      expect(await ids()).toEqual(['first/2', 'second/1', 'first/1']);
    });

    it('of another tenant with a run of the same name is left alone', async () => {
      const theirs = subject.store.system().memory(subject.newTenant());
      await theirs.write(shop, newMemory('x'), fork);
      await within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      await within((trx) => discardOverlay(trx, { tenant, run: 'fork-1' }));
      expect(await theirs.read(shop, { limit: 10 })).toEqual([]);
    });

    it('S4 adopting while the fork writes loses nothing and doubles nothing', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `w${index}`);
      const writing = names.map((id) => memory.write(shop, newMemory(id), fork));
      const adopting = within((trx) => applyOverlay(trx, { tenant, run: 'fork-1' }));
      await Promise.all([...writing, adopting]);
      const entries = await memory.read(shop, { limit: 100 });
      expect(entries.map(({ id }) => id).sort()).toEqual([...names].sort());
      expect(entries.map(({ seq }) => seq)).toEqual(names.map((_, index) => 20 - index));
    });
  });
});
