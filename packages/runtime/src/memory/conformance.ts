import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MemoryPlace, MemoryStore } from '../ports/memory-store.ts';
import { newMemory } from './sample-memory.ts';

/** One store of memory under test, on storage of its own. */
export interface MemoryStoreUnderTest {
  memory: MemoryStore;
  /** Opens the same storage again, as after a restart; absent where nothing outlives the process. */
  reopen?(): Promise<MemoryStore>;
  close(): Promise<void>;
}

const shop: MemoryPlace = { store: 'project', project: 'shop' };
const garden: MemoryPlace = { store: 'project', project: 'garden' };
const everywhere: MemoryPlace = { store: 'global', project: '' };
const many = { maxItems: 1000 };

/** The vitest suite that every adapter of the MemoryStore port passes (ENG-S). */
export function memoryStoreConformance(name: string, open: () => Promise<MemoryStoreUnderTest>): void {
  describe(`${name} as a MemoryStore`, () => {
    let subject: MemoryStoreUnderTest;
    let memory: MemoryStore;
    beforeEach(async () => {
      subject = await open();
      memory = subject.memory;
    });
    afterEach(() => subject.close());
    const ids = async (place = shop, of = memory) => (await of.read(place, { limit: 1000 })).map(({ id }) => id);

    it('ENG-S gives back what was written, the newest first, with where it came from', async () => {
      const before = Date.now();
      await memory.write(shop, newMemory('a', { text: 'é\u2028"', list: [1, null] }, ['draft']), many);
      await memory.write(shop, newMemory('b', 'b'), many);
      const [newest, older] = await memory.read(shop, { limit: 10 });
      expect(newest).toMatchObject({ id: 'b', seq: 2, value: 'b', tags: [] });
      expect(older).toEqual({
        ...newMemory('a', { text: 'é\u2028"', list: [1, null] }, ['draft']),
        store: 'project',
        seq: 1,
        at: expect.any(Number),
      });
      expect(older?.at).toBeGreaterThanOrEqual(before - 5000);
    });

    it('ENG-S keeps the stores apart', async () => {
      await memory.write(shop, newMemory('a'), many);
      await memory.write(garden, newMemory('b'), many);
      await memory.write(everywhere, newMemory('c'), many);
      expect([await ids(shop), await ids(garden), await ids(everywhere)]).toEqual([['a'], ['b'], ['c']]);
      expect(await ids({ store: 'project', project: 'nowhere' })).toEqual([]);
    });

    it('ENG-S a write that is repeated leaves one entry, as it was first', async () => {
      await memory.write(shop, newMemory('a', 'first'), many);
      await memory.write(shop, newMemory('b'), many);
      await memory.write(shop, newMemory('a', 'again'), many);
      expect(await memory.read(shop, { limit: 10 })).toMatchObject([{ id: 'b' }, { id: 'a', value: 'first', seq: 1 }]);
    });

    it('ENG-S drops the oldest of a store that has too many, and of no other', async () => {
      await memory.write(garden, newMemory('other'), { maxItems: 1 });
      for (let index = 0; index < 12; index += 1) await memory.write(shop, newMemory(`e${index}`), { maxItems: 3 });
      expect(await ids(shop)).toEqual(['e11', 'e10', 'e9']);
      expect(await ids(garden)).toEqual(['other']);
      const seqs = (await memory.read(shop, { limit: 10 })).map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((left, right) => right - left));
      await memory.write(shop, newMemory('last'), { maxItems: 1 });
      expect(await ids(shop)).toEqual(['last']);
    });

    it('ENG-S a repeated write drops nothing', async () => {
      await memory.write(shop, newMemory('a'), many);
      await memory.write(shop, newMemory('b'), many);
      await memory.write(shop, newMemory('b'), { maxItems: 1 });
      expect(await ids()).toEqual(['b', 'a']);
    });

    it('finds entries that have one of the tags, page by page', async () => {
      for (const [id, tags] of Object.entries({ a: ['red'], b: ['blue', 'red'], c: ['green'], d: [], e: ['blue'] })) {
        await memory.write(shop, newMemory(id, id, tags), many);
      }
      const found = async (tags: string[], before?: number) => (await memory.read(shop, { tags, before, limit: 2 })).map(({ id }) => id);
      expect(await found(['red'])).toEqual(['b', 'a']);
      expect(await found(['red', 'blue'])).toEqual(['e', 'b']);
      expect(await found(['red', 'blue'], 2)).toEqual(['a']);
      expect(await found([])).toEqual(['e', 'd']);
      expect(await found(['yellow'])).toEqual([]);
    });

    it('ENG-S takes writes at the same time, each once and each with a position of its own', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `e${index}`);
      await Promise.all([...names, ...names].map((id) => memory.write(shop, newMemory(id), { maxItems: 50 })));
      const entries = await memory.read(shop, { limit: 100 });
      expect(entries.map(({ id }) => id).sort()).toEqual([...names].sort());
      expect(new Set(entries.map(({ seq }) => seq)).size).toBe(20);
    });

    it('S3 what a fork writes, others do not see', async () => {
      await memory.write(shop, newMemory('a'), many);
      await memory.write(shop, newMemory('forked'), { ...many, fork: 'run-2' });
      expect(await ids()).toEqual(['a']);
    });

    it('ENG-S survives a restart', async () => {
      if (!subject.reopen) return expect(memory.adapter).toBe('memory');
      for (const id of ['a', 'b', 'c']) await memory.write(shop, newMemory(id), { maxItems: 2 });
      const before = await memory.read(shop, { limit: 10 });
      const again = await subject.reopen();
      expect(await again.read(shop, { limit: 10 })).toEqual(before);
      await again.write(shop, newMemory('d'), { maxItems: 2 });
      expect(await ids(shop, again)).toEqual(['d', 'c']);
    });
  });
}
