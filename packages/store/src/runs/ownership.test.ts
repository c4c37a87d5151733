import { sampleEvents } from '@espalier/runtime/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { StoreJournal } from '../journal/store-journal.ts';
import { describeStores } from '../testing/describe-stores.ts';
import { completedEvent, startedEvent } from '../testing/sample-runs.ts';
import type { Ownership, Unloading } from './ownership.ts';

const by = { actor: 'person:a', at: 5 };
const cancel = { type: 'run.cancel_requested', reason: 'not needed' } as const;

await describeStores('the ownership of runs (S13)', (subject) => {
  let tenant: string;
  let journal: StoreJournal;
  let ownership: Ownership;
  const door = () => subject.store.tenant(tenant);
  const own = async () => {
    tenant = subject.newTenant();
    journal = subject.store.system().journal(tenant);
    ownership = subject.store.system().ownership;
  };
  /** A run that this process drives, at sequence number 1. */
  const driven = async () => {
    await own();
    await journal.append('r1', 0, [startedEvent('t1')]);
    return { tenant, run: 'r1', epoch: 1, seq: 1, status: 'waiting', delayMs: undefined } satisfies Unloading;
  };
  const claimed = async () => (await ownership.claim(100)).filter((run) => run.tenant === tenant);
  const woken = async () => (await ownership.heartbeat()).filter((run) => run.tenant === tenant && run.woken).map(({ run }) => run);

  describe('a submitted run', () => {
    it('is due at once, for one claim', async () => {
      await own();
      await journal.submit('r1', [startedEvent('t1')]);
      expect(await door().run('r1')).toMatchObject({ status: 'running', owner: undefined });
      expect(await claimed()).toEqual([{ tenant, run: 'r1', epoch: 2, task: 't1', workflowHash: 'a'.repeat(64), isDequeued: false }]);
      expect(await claimed()).toEqual([]);
    });

    it('is submitted once', async () => {
      await own();
      await journal.submit('r1', [startedEvent()]);
      await expect(journal.submit('r1', [startedEvent()])).rejects.toMatchObject({ code: 'journal.stale_seq' });
    });
  });

  describe('a request', () => {
    it('wakes the run’s driver, once', async () => {
      await driven();
      expect(await woken()).toEqual([]);
      expect(await door().request('r1', cancel, by)).toBe(true);
      expect(await woken()).toEqual(['r1']);
      expect(await woken()).toEqual([]);
      expect((await journal.read('r1', 1))[0]).toEqual({ seq: 2, type: cancel.type, payload: { reason: 'not needed' }, at: 5 });
    });

    it('for what is so already appends nothing', async () => {
      await driven();
      expect(await door().request('r1', { type: 'run.resumed' }, by)).toBe(false);
      expect(await door().request('r1', { type: 'run.paused', reason: 'lunch' }, by)).toBe(true);
      expect(await door().request('r1', { type: 'run.paused' }, by)).toBe(false);
      expect(await door().run('r1')).toMatchObject({ status: 'paused' });
      expect(await door().request('r1', { type: 'run.resumed' }, by)).toBe(true);
      expect(await journal.read('r1')).toHaveLength(3);
    });

    it.each(['none', 'x/../y', ''])('to the run %j says that there is none', async (run) => {
      await own();
      await expect(door().request(run, cancel, by)).rejects.toMatchObject({ code: 'run.not_found' });
    });

    it('to an id that cannot be stored is invalid', async () => {
      await own();
      await expect(door().request('a\u0000b', cancel, by)).rejects.toMatchObject({ code: 'input.invalid' });
    });

    it('keeps any reason as text', async () => {
      await driven();
      await door().request('r1', { ...cancel, reason: 'a\u0000b\ud800 \u2028 👍' }, by);
      expect((await journal.read('r1', 1))[0]?.payload).toEqual({ reason: 'a\ufffdb\ufffd \u2028 👍' });
    });
  });

  describe('unloading', () => {
    it('gives up a run that waits: it is claimed when it is due, and is running again', async () => {
      const unloading = await driven();
      expect(await ownership.unload({ ...unloading, delayMs: 60_000 })).toBe(true);
      expect(await door().run('r1')).toMatchObject({ status: 'waiting', owner: undefined });
      expect(await claimed()).toEqual([]);
      await due();
      expect(await claimed()).toMatchObject([{ run: 'r1', epoch: 2 }]);
      expect(await door().run('r1')).toMatchObject({ status: 'running' });
    });

    it('without a time leaves it to a request', async () => {
      const unloading = await driven();
      await ownership.unload({ ...unloading, status: 'paused' });
      expect(await claimed()).toEqual([]);
      await door().request('r1', { type: 'run.resumed' }, by);
      expect(await claimed()).toMatchObject([{ run: 'r1' }]);
      expect(await door().run('r1')).toMatchObject({ status: 'running' });
    });

    it('is refused if a request came in that the owner has not seen, and the run stays owned', async () => {
      const unloading = await driven();
      await door().request('r1', cancel, by);
      expect(await ownership.unload(unloading)).toBe(false);
      expect(await woken()).toEqual(['r1']);
      expect(await ownership.unload({ ...unloading, seq: 2 })).toBe(true);
    });

    it('and releasing are refused to a former owner', async () => {
      const unloading = await driven();
      await ownership.unload(unloading);
      await door().request('r1', cancel, by);
      expect(await claimed()).toMatchObject([{ epoch: 2 }]);
      expect(await ownership.unload({ ...unloading, seq: 2 })).toBe(false);
      await ownership.release({ tenant, run: 'r1', epoch: 1 });
      expect(await door().run('r1')).toMatchObject({ owner: ownership.owner });
    });
  });

  describe('releasing', () => {
    it('makes the run due, at once or later, with the reason', async () => {
      const { run } = await driven();
      await ownership.release({ tenant, run, epoch: 1 }, { delayMs: 60_000, problem: 'no module' });
      expect(await door().run(run)).toMatchObject({ problem: 'no module', owner: undefined });
      expect(await claimed()).toEqual([]);
      await due();
      expect(await claimed()).toMatchObject([{ epoch: 2 }]);
      await ownership.release({ tenant, run, epoch: 2 });
      expect(await claimed()).toMatchObject([{ epoch: 3 }]);
    });

    it('does nothing to a run that has ended', async () => {
      const { run } = await driven();
      await journal.append(run, 1, [completedEvent]);
      await ownership.release({ tenant, run, epoch: 1 });
      expect(await claimed()).toEqual([]);
      expect(await ownership.take({ tenant, run })).toBeUndefined();
    });
  });

  it('a process whose leases have run out while it slept goes on with its runs, if no other took them', async () => {
    const { run } = await driven();
    await sql`update espalier.runs set lease_until = now() - interval '1 day' where tenant = ${tenant}`.execute(
      subject.store.system().kysely,
    );
    expect(await claimed()).toEqual([]);
    await journal.append(run, 1, sampleEvents(1));
    expect(await ownership.heartbeat()).toContainEqual({ tenant, run, epoch: 1, woken: false });
    expect(await door().run(run)).toMatchObject({ owner: ownership.owner });
  });

  /** As if the time had come. */
  async function due(): Promise<void> {
    const { kysely } = subject.store.system();
    await sql`update espalier.runs set wake_at = now() where tenant = ${tenant}`.execute(kysely);
  }
});
