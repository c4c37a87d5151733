import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, type Json, sha256, type TimedEvent } from '@espalier/core';
import { FileArtifacts, MemoryArtifacts } from '@espalier/runtime';
import { outputEvent, sampleEvents } from '@espalier/runtime/testing';
import { sql } from 'kysely';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { describeStores, type StoreUnderTest } from '../testing/describe-stores.ts';
import { cancelledEvent, completedEvent, startedEvent } from '../testing/sample-runs.ts';
import { eventsOf, readRun } from './read-run.ts';

const root = mkdtempSync(join(tmpdir(), 'espalier-archive-'));
afterAll(() => rm(root, { recursive: true }));

const large = 'ä'.repeat(100_000);
const hostile: Json = JSON.parse('{"__proto__":{"a":1},"a/b":"~","":[],"2":1,"10":2,"é":"\\u2028😀","deep":[[[{"x":null}]]]}');

const settings = { artifacts: new FileArtifacts(root) };

await describeStores('archiving (S7)', (subject) => archiving(subject), settings);

function archiving(subject: StoreUnderTest): void {
  const system = () => subject.store.system();

  /** Writes a run that has ended, with large and hostile values. */
  async function endedRun(tenant: string, run: string, events: TimedEvent[] = [outputEvent([large, hostile])]): Promise<void> {
    await system()
      .journal(tenant)
      .append(run, 0, [startedEvent(`task-${run}`), ...events, completedEvent]);
  }

  async function rowsOf(tenant: string) {
    const tables = ['streams', 'events', 'payloads', 'payload_refs', 'runs', 'archived_runs'] as const;
    const counts = tables.map(async (table) => {
      const { rows } = await sql<{ count: string }>`
        select count(*) from ${sql.table(`espalier.${table}`)} where tenant = ${tenant}`.execute(system().kysely);
      return [table, Number(rows[0]?.count)] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  const artifactPath = (hash: string) => join(root, 'artifacts', hash.slice(0, 2), hash.slice(2));

  it('moves the whole journal, which reads as before, and frees the rows', async () => {
    const tenant = subject.newTenant();
    await endedRun(tenant, 'r1', [outputEvent({ large, hostile }), outputEvent({ again: large }), ...sampleEvents(50)]);
    const before = await system().journal(tenant).read('r1');
    expect(await rowsOf(tenant)).toMatchObject({ payloads: 1, payload_refs: 1 });

    const outcome = await system().archiveRun({ tenant, run: 'r1' });
    expect(outcome).toMatchObject({ archived: true, isNew: true });
    // What stays: both heads, the three events of the root task, the run, and where its journal is.
    expect(await rowsOf(tenant)).toEqual({ streams: 2, events: 3, payloads: 0, payload_refs: 0, runs: 1, archived_runs: 1 });
    const door = subject.store.tenant(tenant);
    for (const after of [await system().journal(tenant).read('r1'), await door.journal('r1')]) {
      expect(after.map((event) => JSON.stringify(event))).toEqual(before.map((event) => JSON.stringify(event)));
      expect(canonicalJson(after)).toBe(canonicalJson(before));
    }
    expect(await door.journal('r1', 50)).toEqual(before.slice(50));
    expect(await system().journal(tenant).read('r1', before.length)).toEqual([]);
    expect(await system().journal(tenant).runs()).toEqual(['r1']);
    expect(await door.run('r1')).toMatchObject({ status: 'completed', outcome: 'success' });
    expect((await door.stream('task:task-r1')).map(({ type }) => type)).toEqual(['task.created', 'task.started', 'task.completed']);
  });

  it('keeps who asked for what, also for runs that were cancelled', async () => {
    const tenant = subject.newTenant();
    const journal = system().journal(tenant);
    await journal.append('r1', 0, [startedEvent()]);
    await subject.store.tenant(tenant).request('r1', { type: 'run.cancel_requested', reason: 'enough' }, { actor: 'person:a', at: 7 });
    await journal.append('r1', 2, [cancelledEvent]);
    const before = await subject.store.tenant(tenant).stream('run:r1');
    expect(await system().archiveRun({ tenant, run: 'r1' })).toMatchObject({ archived: true });
    expect(before[1]).toMatchObject({ actor: 'person:a', type: 'run.cancel_requested' });
    const stored = await readRun(system().kysely, { tenant, run: 'r1', after: 0 });
    expect(stored).toHaveProperty('archived');
    expect(await eventsOf(stored, settings.artifacts, 0)).toEqual(before);
  });

  it('keeps payloads that other streams refer to, until the last is archived', async () => {
    const tenant = subject.newTenant();
    const other = subject.newTenant();
    for (const [owner, run] of [
      [tenant, 'r1'],
      [tenant, 'r2'],
      [other, 'r1'],
    ] as const)
      await endedRun(owner, run, [outputEvent(large)]);
    await system().archiveRun({ tenant, run: 'r1' });
    expect(await rowsOf(tenant)).toMatchObject({ payloads: 1, payload_refs: 1 });
    expect(await system().journal(tenant).read('r2')).toMatchObject([{}, { payload: { output: large } }, {}]);
    await system().archiveRun({ tenant, run: 'r2' });
    expect(await rowsOf(tenant)).toMatchObject({ payloads: 0, payload_refs: 0 });
    expect(await rowsOf(other)).toMatchObject({ payloads: 1, payload_refs: 1 });
    expect(await system().journal(other).read('r1')).toMatchObject([{}, { payload: { output: large } }, {}]);
  });

  it('takes nothing from the task of a fork that was adopted', async () => {
    const tenant = subject.newTenant();
    const door = subject.store.tenant(tenant);
    await endedRun(tenant, 'r1');
    const forked = startedEvent('task-r1');
    const origin = { forked_from: { run: 'r1', seq: 1, edits: [], live: false } };
    const start = { ...forked, payload: { ...forked.payload, ...origin } } as TimedEvent;
    await system()
      .journal(tenant)
      .append('f1', 0, [start, { type: 'run.completed', payload: { outcome: 'failure', reason: large }, at: 1 }]);
    const end = (await door.journal('f1')).at(-1);
    await door.adopt({ task: 'task-r1', run: 'f1', end, actor: 'person:a', at: 2 });
    for (const run of ['r1', 'f1']) expect(await system().archiveRun({ tenant, run })).toMatchObject({ archived: true });
    expect((await door.stream('task:task-r1')).at(-1)).toMatchObject({ type: 'task.blocked', payload: { reason: large } });
  });

  it('leaves runs that have not ended, and says so', async () => {
    const tenant = subject.newTenant();
    await system()
      .journal(tenant)
      .append('r1', 0, [startedEvent(), outputEvent(large)]);
    const before = await rowsOf(tenant);
    expect(await system().archiveRun({ tenant, run: 'r1' })).toEqual({ archived: false, reason: 'not_ended' });
    expect(await rowsOf(tenant)).toEqual(before);
    await expect(system().archiveRun({ tenant, run: 'r2' })).rejects.toMatchObject({ code: 'run.not_found' });
    await expect(system().archiveRun({ tenant: subject.newTenant(), run: 'r1' })).rejects.toMatchObject({ code: 'run.not_found' });
  });

  it('waits for readers of the log, and names the one that is behind', async () => {
    const tenant = subject.newTenant();
    await endedRun(tenant, 'r1');
    const gate = Promise.withResolvers<void>();
    const seen: string[] = [];
    const reader = system().follow('projection', async (event) => {
      if (event.tenant !== tenant) return;
      if (event.seq === 3) await gate.promise;
      if (event.stream === 'run:r1') seen.push(event.type);
    });
    await vi.waitFor(() => expect(seen).toHaveLength(2), 10_000);
    expect(await system().archiveRun({ tenant, run: 'r1' })).toEqual({ archived: false, reason: 'reader_behind', reader: 'projection' });
    expect(await rowsOf(tenant)).toMatchObject({ events: 6, archived_runs: 0 });
    gate.resolve();
    await vi.waitFor(async () => expect(await system().archiveRun({ tenant, run: 'r1' })).toMatchObject({ archived: true }), 10_000);
    await reader.stop();
    await system().kysely.deleteFrom('espalier.readers').execute(); // the next test's runs are not its business
    expect(seen).toEqual(['run.started', 'node.completed', 'run.completed']);
  });

  it('does not let an archived run begin again', async () => {
    const tenant = subject.newTenant();
    await endedRun(tenant, 'r1');
    await system().archiveRun({ tenant, run: 'r1' });
    const door = subject.store.tenant(tenant);
    const by = { actor: 'person:a', at: 1 };
    for (const request of [{ type: 'run.cancel_requested', reason: 'late' }, { type: 'run.paused' }, { type: 'run.resumed' }] as const) {
      await expect(door.request('r1', request, by)).rejects.toMatchObject({ code: 'run.ended' });
    }
    const journal = system().journal(tenant);
    await expect(journal.append('r1', 0, [startedEvent()])).rejects.toMatchObject({ code: 'journal.stale_seq' });
    await expect(journal.submit('r1', [startedEvent()])).rejects.toMatchObject({ code: 'journal.stale_seq' });
    await expect(journal.append('r1', 3, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.stale_seq' });
    expect(await system().ownership.take({ tenant, run: 'r1' })).toBeUndefined();
    expect(await journal.read('r1')).toHaveLength(3);
  });

  it('is done once, however often it is asked for', async () => {
    const tenant = subject.newTenant();
    await endedRun(tenant, 'r1');
    const outcomes = await Promise.all([1, 2, 3].map(() => system().archiveRun({ tenant, run: 'r1' })));
    expect(outcomes.filter((outcome) => outcome.archived && outcome.isNew)).toHaveLength(1);
    const artifacts = new Set(outcomes.map((outcome) => outcome.archived && outcome.artifact));
    expect(artifacts.size).toBe(1);
    expect(await system().archiveRun({ tenant, run: 'r1' })).toEqual({ archived: true, artifact: [...artifacts][0], isNew: false });
  });

  it('keeps tenants apart that have runs of the same name', async () => {
    const [one, two] = [subject.newTenant(), subject.newTenant()];
    await endedRun(one, 'r1', [outputEvent('of one')]);
    await endedRun(two, 'r1', [outputEvent('of two')]);
    await endedRun(two, 'r2', [outputEvent('of two only')]);
    for (const [tenant, run] of [
      [one, 'r1'],
      [two, 'r1'],
      [two, 'r2'],
    ] as const)
      await system().archiveRun({ tenant, run });
    expect(await subject.store.tenant(one).journal('r1')).toMatchObject([{}, { payload: { output: 'of one' } }, {}]);
    expect(await subject.store.tenant(two).journal('r1')).toMatchObject([{}, { payload: { output: 'of two' } }, {}]);
    expect(await subject.store.tenant(one).journal('r2')).toEqual([]);
    // Even with the other's artifact: it says whose it is.
    const stolen = await system()
      .kysely.selectFrom('espalier.archived_runs')
      .select('artifact')
      .where('tenant', '=', two)
      .where('run', '=', 'r1')
      .executeTakeFirstOrThrow();
    await system().kysely.updateTable('espalier.archived_runs').set(stolen).where('tenant', '=', one).execute();
    await expect(subject.store.tenant(one).journal('r1')).rejects.toMatchObject({ code: 'storage.failed' });
  });

  describe('that are lost afterwards', () => {
    it.each([
      ['missing', (path: string) => rm(path), 'missing'],
      ['damaged', (path: string) => writeFile(path, 'other words'), 'cannot be read'],
    ])('are reported when %s, and others can be read', async (_what, damage, reason) => {
      const tenant = subject.newTenant();
      await endedRun(tenant, 'r1', [outputEvent(tenant)]);
      await endedRun(tenant, 'r2');
      const [lost] = await Promise.all(['r1', 'r2'].map((run) => system().archiveRun({ tenant, run })));
      if (!lost?.archived) throw new Error('was to be archived');
      await damage(artifactPath(lost.artifact));
      const failure = { code: 'storage.failed', message: expect.stringMatching(new RegExp(`r1 .*${lost.artifact}.*${reason}`)) };
      await expect(subject.store.tenant(tenant).journal('r1')).rejects.toMatchObject(failure);
      await expect(system().journal(tenant).read('r1')).rejects.toMatchObject(failure);
      expect(await subject.store.tenant(tenant).journal('r2')).toHaveLength(3);
      expect(await subject.store.tenant(tenant).runs({ limit: 10 })).toHaveLength(2);
    });
  });

  it('leaves a journal that is damaged on the log', async () => {
    const tenant = subject.newTenant();
    const journal = system().journal(tenant);
    await journal.append('r1', 0, [startedEvent('task-r1'), outputEvent(large)]);
    for (const event of [...sampleEvents(1), completedEvent]) await journal.append('r1', event === completedEvent ? 3 : 2, [event]);
    await endedRun(tenant, 'r2', [outputEvent('b'.repeat(50_000))]);
    await system()
      .kysely.deleteFrom('espalier.commits')
      .where('tenant', '=', tenant)
      .where('stream', '=', 'run:r1')
      .where('seq', '=', '3')
      .execute();
    await sql`delete from espalier.payload_refs where tenant = ${tenant} and stream = 'run:r2'`.execute(system().kysely);
    await sql`delete from espalier.payloads where tenant = ${tenant} and hash = ${sha256(canonicalJson('b'.repeat(50_000)))}`.execute(
      system().kysely,
    );
    const before = await rowsOf(tenant);
    for (const run of ['r1', 'r2']) await expect(system().archiveRun({ tenant, run })).rejects.toMatchObject({ code: 'journal.corrupt' });
    expect(await rowsOf(tenant)).toEqual(before);
    await expect(system().journal(tenant).read('r2')).rejects.toMatchObject({ code: 'journal.corrupt' });
  });

  it('takes ended runs by age, those first that ended first, whatever becomes of others', async () => {
    const tenant = subject.newTenant();
    const at = 1000; // before everything else that this file writes
    for (const number of [1, 2, 3, 4, 5]) {
      const end: TimedEvent = { ...completedEvent, at: at + number };
      await system().journal(tenant).append(`r${number}`, 0, [startedEvent()]);
      await system().journal(tenant).append(`r${number}`, 1, sampleEvents(1));
      await system()
        .journal(tenant)
        .append(`r${number}`, 2, [...sampleEvents(1), end]);
    }
    await sql`delete from espalier.commits where tenant = ${tenant} and stream = 'run:r1' and seq = 2`.execute(system().kysely);
    const report = await system().archiveEnded({ endedBefore: at + 5, limit: 2 });
    expect(report).toMatchObject({ archived: 2, skipped: [], failed: [{ tenant, run: 'r1', fault: { code: 'journal.corrupt' } }] });
    const archived = await system()
      .kysely.selectFrom('espalier.archived_runs')
      .select('run')
      .where('tenant', '=', tenant)
      .orderBy('run')
      .execute();
    expect(archived).toEqual([{ run: 'r2' }, { run: 'r3' }]);
    expect(await system().archiveEnded({ endedBefore: at + 5, limit: 10 })).toMatchObject({ archived: 1, failed: [{ run: 'r1' }] });
    expect(await system().archiveEnded({ endedBefore: at + 5, limit: 10, signal: AbortSignal.abort() })).toMatchObject({
      archived: 0,
      failed: [],
    });
    expect(await system().journal(tenant).read('r5')).toHaveLength(4);
    await sql`update espalier.runs set ended_at = 1e15 where tenant = ${tenant} and run = 'r1'`.execute(system().kysely);
  });

  it('is a job, which is due every night', async () => {
    const tenant = subject.newTenant();
    await endedRun(tenant, 'r1');
    const jobs = system().jobs({ pollMs: 500 });
    system().archiveNightly(jobs, { days: 30 });
    await jobs.start();
    const { rows } = await sql`select name, cron from pgboss.schedule`.execute(system().kysely);
    expect(rows).toEqual([{ name: 'archive', cron: '17 3 * * *' }]);
    await jobs.send('archive', {});
    await vi.waitFor(async () => expect(await rowsOf(tenant)).toMatchObject({ archived_runs: 1 }), 10_000);
    await jobs.stop();
    expect(await jobs.failed()).toEqual([]);
  });
}

await describeStores('a store without artifacts', (subject) => {
  it('archives nothing, and says that it cannot read what was archived', async () => {
    const tenant = subject.newTenant();
    const { kysely, ...system } = subject.store.system();
    await system.journal(tenant).append('r1', 0, [startedEvent(), completedEvent]);
    expect(() => system.archiveRun({ tenant, run: 'r1' })).toThrow(expect.objectContaining({ code: 'internal.defect' }));
    await kysely.deleteFrom('espalier.commits').where('tenant', '=', tenant).execute();
    await kysely
      .insertInto('espalier.archived_runs')
      .values({ tenant, run: 'r1', artifact: 'a'.repeat(64), events: 2 })
      .execute();
    const failure = { code: 'storage.failed', message: expect.stringContaining('without artifacts') };
    await expect(subject.store.tenant(tenant).journal('r1')).rejects.toMatchObject(failure);
  });
});

describe('storage that does not keep what it is given', () => {
  const memory = new MemoryArtifacts();
  let deed: 'keep' | 'forget' | 'change' | 'fail' = 'keep';
  const artifacts = {
    adapter: 'unreliable',
    async put(content: Uint8Array) {
      if (deed === 'fail') throw new Error('no room');
      return deed === 'forget' ? sha256(content) : memory.put(content);
    },
    async get(hash: string) {
      const content = await memory.get(hash);
      return deed === 'change' ? content?.map((byte) => byte ^ 1) : content;
    },
  };
  void describeStores(
    'is noticed before anything is removed',
    (subject) => {
      it.each(['forget', 'change', 'fail'] as const)('when it would %s', async (what) => {
        const tenant = subject.newTenant();
        const system = subject.store.system();
        await system.journal(tenant).append('r1', 0, [startedEvent(), outputEvent(large), completedEvent]);
        deed = what;
        await expect(system.archiveRun({ tenant, run: 'r1' })).rejects.toThrow();
        expect(await system.archiveEnded({ endedBefore: 2e12, limit: 5 })).toMatchObject({ archived: 0, failed: [{ tenant, run: 'r1' }] });
        expect(await system.journal(tenant).read('r1')).toHaveLength(3);
        deed = 'keep';
        expect(await system.archiveRun({ tenant, run: 'r1' })).toMatchObject({ archived: true });
        expect(await system.journal(tenant).read('r1')).toHaveLength(3);
      });
    },
    { artifacts },
  );
});
