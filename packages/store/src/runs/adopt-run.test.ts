import type { JournalEvent, TimedEvent } from '@espalier/core';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Store } from '../open-store.ts';
import { describeStores } from '../testing/describe-stores.ts';

const hash = 'a'.repeat(64);
const metadata = { engine_version: 'test', state_version: 1, manifest_hashes: {}, adapters: {} };
let tenants = 0;

function started(task: string, parent?: string): TimedEvent {
  const base = { workflow: 'w', workflow_hash: hash, start: 'begin', input: null, metadata, root_task: task };
  const origin = parent === undefined ? {} : { forked_from: { run: parent, seq: 1, edits: [], live: false } };
  return { type: 'run.started', payload: { ...base, ...origin }, at: 1 };
}

const end: TimedEvent = { type: 'run.completed', payload: { outcome: 'failure', exit: 'done' }, at: 5 };
const paused: TimedEvent = { type: 'run.paused', payload: {}, at: 3 };

/** A task with a run that has ended, and forks of that. */
function family(store: Store) {
  tenants += 1;
  const tenant = `adopting-${tenants}`;
  const journal = store.system().journal(tenant);
  const door = store.tenant(tenant);
  const { kysely } = store.system();
  const endOf = async (run: string) => (await journal.read(run)).find(({ type }) => type === 'run.completed');
  return {
    journal,
    door,
    run: (run: string, ...events: TimedEvent[]) => journal.append(run, 0, [started('t1'), ...events]),
    fork: (run: string, ...events: TimedEvent[]) => journal.append(run, 0, [started('t1', 'r1'), ...events]),
    adopt: async (run: string, at = 9) =>
      door.adopt({ task: 't1', run, end: (await endOf(run)) as JournalEvent | undefined, actor: 'person', at }),
    discard: (run: string) => door.discard({ task: 't1', run, actor: 'person', at: 9 }),
    /** Something that a fork wrote into its overlay. */
    remember: async (run: string) => {
      await sql`insert into espalier.memory_stores values (${tenant}, 'project', 'p', 0, 10) on conflict do nothing`.execute(kysely);
      await sql`
        insert into espalier.memory_entries (tenant, id, store, project, overlay, value, tags, run, task, node, at, tokens)
        values (${tenant}, ${`${run}/x`}, 'project', 'p', ${run}, '1', '{}', ${run}, 'root', 'n', 1, 1)`.execute(kysely);
    },
    remembered: async () => {
      const { rows } = await sql<{ run: string }>`select run from espalier.memory_entries where tenant = ${tenant} order by run`.execute(
        kysely,
      );
      return rows.map(({ run }) => run);
    },
    task: () =>
      kysely
        .selectFrom('espalier.tasks')
        .select(['run', 'status', 'outcome', 'reason', 'version'])
        .where('tenant', '=', tenant)
        .executeTakeFirstOrThrow(),
    /** Runs whose end is that of the task. */
    current: async () => {
      const rows = await kysely.selectFrom('espalier.runs').select('run').where('tenant', '=', tenant).where('task', '=', 't1').execute();
      return rows.map(({ run }) => run);
    },
    events: async () => (await door.stream('task:t1')).map(({ seq, type, payload }) => ({ seq, type, payload })),
  };
}

await describeStores('S3 adopting a fork', (subject) => {
  it('makes it the current run of the task, with what its end means for that, in one commit', async () => {
    const at = family(subject.store);
    await at.run('r1', { ...end, payload: { outcome: 'success', exit: 'done' } } as TimedEvent);
    await at.fork('f1', end);
    expect(await at.task()).toMatchObject({ run: 'r1', status: 'completed', outcome: 'success', version: 1 });
    expect(await at.adopt('f1')).toBe('r1');
    expect(await at.task()).toMatchObject({ run: 'f1', status: 'completed', outcome: 'failure', version: 2 });
    expect(await at.current()).toEqual(['f1']);
    expect((await at.events()).slice(-2)).toEqual([
      { seq: 4, type: 'task.run_adopted', payload: { task: 't1', run: 'f1', previous: 'r1' } },
      { seq: 5, type: 'task.completed', payload: { task: 't1', run: 'f1', outcome: 'failure', exit: 'done' } },
    ]);
  });

  it('what becomes of a fork that is not adopted means nothing for the task', async () => {
    const at = family(subject.store);
    await at.run('r1', end);
    const before = [await at.task(), await at.events()];
    await at.fork('f1', end);
    expect([await at.task(), await at.events()]).toEqual(before);
  });

  it('a paused fork goes on as the task’s own run, and the paused run that it took the place of does not any more', async () => {
    const at = family(subject.store);
    await at.run('r1', paused);
    await at.journal.release('r1');
    await at.fork('f1', paused);
    await at.journal.release('f1');
    await at.adopt('f1');
    expect(await at.task()).toMatchObject({ run: 'f1', status: 'in_progress', outcome: null });
    await at.journal.append('r1', 2, [end]);
    expect(await at.task()).toMatchObject({ run: 'f1', status: 'in_progress' });
    await at.journal.append('f1', 2, [end]);
    expect(await at.task()).toMatchObject({ run: 'f1', status: 'completed', outcome: 'failure' });
  });

  it('is refused while one of the two is under way, saying which', async () => {
    const at = family(subject.store);
    await at.run('r1');
    await at.fork('f1', end);
    await expect(at.adopt('f1')).rejects.toMatchObject({ code: 'journal.locked', details: { run: 'r1' } });
    await at.journal.release('r1');
    await expect(at.adopt('f1')).rejects.toMatchObject({
      code: 'run.not_adoptable',
      message: expect.stringContaining('run r1 is running'),
    });
    await expect(at.adopt('nobody')).rejects.toMatchObject({ code: 'run.not_found' });
    expect(await at.current()).toEqual(['r1']);
  });

  it('is for the tenant alone whose runs they are (S15)', async () => {
    const at = family(subject.store);
    await at.run('r1', end);
    await at.fork('f1', end);
    const stranger = subject.store.tenant('stranger');
    await expect(stranger.adopt({ task: 't1', run: 'f1', end: undefined, actor: 'person', at: 1 })).rejects.toMatchObject({
      code: 'run.not_found',
    });
    expect(await at.current()).toEqual(['r1']);
  });

  it('leaves one current run whatever happens side by side', async () => {
    const at = family(subject.store);
    const forks = Array.from({ length: 8 }, (_, index) => `f${index}`);
    await at.run('r1', end);
    for (const fork of forks) await at.fork(fork, end);
    for (let round = 0; round < 4; round += 1) {
      const outcomes = await Promise.allSettled(forks.map((fork) => at.adopt(fork)));
      expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'run.not_adoptable' });
    }
    const [current] = await at.current();
    expect(await at.current()).toHaveLength(1);
    expect((await at.task()).run).toBe(current);
    const events = await at.events();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    let holder = 'r1';
    for (const { type, payload } of events) {
      if (type !== 'task.run_adopted') continue;
      expect(payload).toMatchObject({ previous: holder });
      holder = (payload as { run: string }).run;
    }
    expect(holder).toBe(current);
  });

  it('ENG-T2 a fork that was discarded is remembered by nobody, and cannot be adopted; one that was adopted cannot be discarded', async () => {
    const at = family(subject.store);
    await at.run('r1', end);
    await at.fork('f1', end);
    await at.fork('f2', end);
    await at.fork('f3', paused);
    await at.remember('f1');
    await at.remember('f2');
    expect(await at.discard('f1')).toBe(true);
    expect(await at.discard('f1')).toBe(false);
    expect(await at.remembered()).toEqual(['f2']);
    await expect(at.adopt('f1')).rejects.toMatchObject({ code: 'run.not_adoptable', message: expect.stringContaining('discarded') });
    await at.adopt('f2');
    await expect(at.discard('f2')).rejects.toMatchObject({ code: 'run.not_discardable', message: expect.stringContaining('current run') });
    await expect(at.discard('f3')).rejects.toMatchObject({ code: 'run.not_discardable', message: expect.stringContaining('not ended') });
    await expect(at.discard('r1')).resolves.toBe(true); // the run that was current: nothing of a fork to forget
    expect((await at.events()).filter(({ type }) => type === 'task.run_discarded')).toHaveLength(2);
  });

  it('ENG-T2 of a fork that is adopted and discarded at once one comes first, and the other is told', async () => {
    for (let round = 0; round < 5; round += 1) {
      const at = family(subject.store);
      await at.run('r1', end);
      await at.fork('f1', end);
      await at.remember('f1');
      const [adopted, discarded] = await Promise.allSettled([at.adopt('f1'), at.discard('f1')]);
      expect([adopted.status, discarded.status].sort()).toEqual(['fulfilled', 'rejected']);
      expect(await at.current()).toEqual([adopted.status === 'fulfilled' ? 'f1' : 'r1']);
      expect(await at.remembered()).toEqual(adopted.status === 'fulfilled' ? ['f1'] : []);
    }
  });
});
