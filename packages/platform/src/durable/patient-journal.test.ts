import type { TimedEvent } from '@espalier/core';
import { outputEvent, sampleEvents } from '@espalier/runtime/testing';
import { openStore, type Store } from '@espalier/store';
import { cuttableLine, describePostgres, migratedDatabase, startedEvent } from '@espalier/store/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { patientJournal } from './patient-journal.ts';

const patienceMs = 5000;
const end: TimedEvent = { type: 'run.cancelled', payload: { reason: 'enough' }, at: 9 };

await describePostgres('S13 a journal whose database is away', (postgres) => {
  let line: Awaited<ReturnType<typeof cuttableLine>>;
  let store: Store;
  let url: string;
  beforeEach(async () => {
    url = await migratedDatabase(postgres);
    line = await cuttableLine(url);
    store = await openStore({ location: { url: line.url, connections: 2 } });
  });
  afterEach(async () => {
    await store.close();
    await line.close();
  });
  const own = () => store.system().journal('a');
  const patient = (ms = patienceMs) => patientJournal(own(), ms);

  it.each([
    ['some events', sampleEvents(2)],
    ['a large one', [outputEvent('x'.repeat(50_000)), ...sampleEvents(1)]],
    ['the last one', [end]],
  ])('has what it wrote once, though the answer was lost: %s', async (_, events) => {
    await patient().append('r1', 0, [startedEvent('t1')]);
    line.cutAtAnswer();
    await patient().append('r1', 1, events);
    expect(await patient().read('r1')).toHaveLength(1 + events.length);
  });

  it('begins and submits a run once, though the answer was lost', async () => {
    line.cutAtAnswer();
    await patient().append('r1', 0, [startedEvent('t1')]);
    await patient().append('r1', 1, sampleEvents(1));
    line.cutAtAnswer();
    await patient().submit('r2', [startedEvent('t2')]);
    expect(await own().runs()).toEqual(['r1', 'r2']);
  });

  it('waits for a database that refuses, and writes in order', async () => {
    await patient().append('r1', 0, sampleEvents(1));
    line.interrupt();
    const writing = patient().append('r1', 1, sampleEvents(2));
    await new Promise((resolve) => setTimeout(resolve, 400));
    line.restore();
    await writing;
    expect(await patient().read('r1')).toHaveLength(3);
  });

  it('says that the database is away when its patience is over', async () => {
    line.interrupt();
    await expect(patient(300).append('r1', 0, sampleEvents(1))).rejects.toMatchObject({ code: 'database.unavailable' });
    line.restore();
    expect(await patient().read('r1')).toEqual([]);
  });

  it('does not take the events of another for its own', async () => {
    await patient().append('r1', 0, sampleEvents(1));
    await expect(patient().submit('r1', sampleEvents(1))).rejects.toMatchObject({ code: 'journal.stale_seq' });
    line.interrupt();
    const writing = patient()
      .append('r1', 1, sampleEvents(1))
      .catch((thrown) => thrown);
    const other = await openStore({ location: { url } });
    await other.tenant('a').request('r1', { type: 'run.paused' }, { actor: 'person:a', at: 5 });
    await other.close();
    line.restore();
    expect(await writing).toMatchObject({ code: 'journal.stale_seq' });
  });

  it('writes nothing more to a run that was taken over meanwhile', async () => {
    await patient().append('r1', 0, sampleEvents(1));
    const other = await openStore({ location: { url } });
    await other.system().kysely.updateTable('espalier.runs').set({ owner: 'gone' }).execute();
    await other.system().kysely.updateTable('espalier.streams').set({ epoch: 2 }).execute();
    await other.close();
    line.cut();
    await expect(patient().append('r1', 1, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.fenced' });
  });
});
