import { EspalierError, type JournalEvent, type TimedEvent } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { requests, VisitedJournal } from './testing/outsider.ts';
import { deaf, obedient, probe, probeProgram } from './testing/probe-programs.ts';
import { chain, compileSample, fan, prepareWith } from './testing/sample-workflow.ts';
import { driverOn, engineVersion, expectSound, payloadsOf, turns } from './testing/test-driver.ts';

const start = { run: 'run-1', input: {}, engineVersion };
const two = compileSample({ workflow: chain([{ id: 'first' }, { id: 'second' }]) });

/** Starts a run on a journal in which requests come before the driver's appends of these numbers. */
function visited(prepared: PreparedWorkflow, plan: Record<number, readonly (typeof requests)[keyof typeof requests][]>) {
  const journal = new VisitedJournal((append) => plan[append] ?? []);
  const seen: JournalEvent[] = [];
  const handle = driverOn(journal).start(prepared, { ...start, observe: (event) => seen.push(event) });
  return { journal, handle, seen };
}

async function expectWhole(prepared: PreparedWorkflow, { journal, seen }: ReturnType<typeof visited>): Promise<JournalEvent[]> {
  const events = await journal.read('run-1');
  expectSound(prepared, events);
  expect(seen).toEqual(events);
  return events;
}

describe('S13 a driver whose journal others append to', () => {
  it('keeps the outcome of what it performed, and does what was asked', async () => {
    let calls = 0;
    const prepared = prepareWith(two, { first: probeProgram(() => (calls += 1)), second: probeProgram(() => (calls += 1)) });
    const run = visited(prepared, { 1: [requests.cancel] });
    expect(await run.handle.ended).toMatchObject({ status: 'cancelled', reason: 'asked from outside' });
    const events = await expectWhole(prepared, run);
    expect(calls).toBe(1);
    const after = events.slice(events.findIndex(({ type }) => type === 'run.cancel_requested') + 1);
    expect(after.map(({ type }) => type)).toEqual(['effect.completed', 'task.cancelled', 'run.cancelled']);
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ outcome: 'success', output: 1 }]);
  });

  it('starts nothing while it is paused, and goes on when it is told of the resumption', async () => {
    let seconds = 0;
    const prepared = prepareWith(two, { first: probeProgram(() => 1), second: probeProgram(() => (seconds += 1)) });
    const run = visited(prepared, { 1: [requests.pause] });
    await turns(6);
    expect(seconds).toBe(0);
    expect(payloadsOf(await run.journal.read('run-1'), 'node.completed').map(({ node }) => node)).toEqual(['begin', 'first']);
    await run.journal.request('run-1', requests.resume);
    await run.handle.refresh();
    expect(await run.handle.ended).toMatchObject({ outcome: 'success', output: 1 });
    await expectWhole(prepared, run);
    expect(seconds).toBe(1);
  });

  it('records a start that was lost again before it performs', async () => {
    const journals: string[][] = [];
    const prepared = prepareWith(two, {
      first: probeProgram(() => 1),
      second: probeProgram(async () => {
        journals.push((await run.journal.read('run-1')).map(({ type }) => type));
        return 2;
      }),
    });
    const run = visited(prepared, { 1: [requests.pause, requests.resume], 2: [requests.pause, requests.resume] });
    expect(await run.handle.ended).toMatchObject({ outcome: 'success', output: 2 });
    const events = await expectWhole(prepared, run);
    expect(journals).toHaveLength(1);
    expect(journals[0]?.at(-1)).toBe('effect.started');
    expect(payloadsOf(events, 'effect.started').map(({ try: attempt }) => attempt)).toEqual([1, 1]);
  });

  it('leaves what is under way alone, and performs nothing twice', async () => {
    const workflow = compileSample({ workflow: fan([{ id: 'quick' }, { id: 'slow' }]) });
    const slow = Promise.withResolvers<string>();
    let calls = 0;
    const signals: AbortSignal[] = [];
    const prepared = prepareWith(workflow, {
      quick: probeProgram(() => 'quick'),
      slow: probeProgram((signal) => {
        calls += 1;
        signals.push(signal);
        return slow.promise;
      }),
    });
    const run = visited(prepared, { 1: [requests.pause], 2: [requests.resume] });
    await turns(6);
    slow.resolve('slow');
    expect(await run.handle.ended).toMatchObject({ outcome: 'success' });
    await expectWhole(prepared, run);
    expect([calls, signals[0]?.aborted]).toEqual([1, false]);
  });

  it('does not stop the loser of a merge before the journal has the end of its task', async () => {
    const workflow = compileSample({
      workflow: fan([{ id: 'quick' }, { id: 'slow' }], { merge: { strategy: 'any', reducer: 'last' } }),
    });
    const stopped: string[][] = [];
    const prepared = prepareWith(workflow, {
      quick: probeProgram(() => 'quick'),
      slow: probeProgram((signal) => {
        signal.addEventListener('abort', async () => stopped.push((await run.journal.read('run-1')).map(({ type }) => type)));
        return obedient(signal);
      }),
    });
    const run = visited(prepared, { 1: [requests.pause] });
    await turns(6);
    await run.handle.resume();
    expect(await run.handle.ended).toMatchObject({ outcome: 'success', output: 'quick' });
    await turns();
    await expectWhole(prepared, run);
    expect(stopped).toHaveLength(1);
    expect(stopped[0]).toContain('task.cancelled');
  });

  it('keeps an outcome that comes in while the end of its task is not certain', async () => {
    const workflow = compileSample({
      workflow: fan([{ id: 'quick' }, { id: 'slow' }], { merge: { strategy: 'any', reducer: 'last' } }),
    });
    const slow = Promise.withResolvers<string>();
    const late = new (class extends VisitedJournal {
      override async append(run: string, seq: number, events: readonly TimedEvent[]): Promise<void> {
        if (events.some(({ type }) => type === 'task.cancelled')) {
          slow.resolve('slow');
          await turns();
        }
        await super.append(run, seq, events);
      }
    })((append) => (append === 1 ? [requests.pause] : []));
    const calls: string[] = [];
    const prepared = prepareWith(workflow, {
      quick: probeProgram(() => calls.push('quick')),
      slow: probeProgram(async () => {
        calls.push('slow');
        return slow.promise;
      }),
    });
    const handle = driverOn(late).start(prepared, start);
    await turns(10);
    await handle.resume();
    expect(await handle.ended).toMatchObject({ outcome: 'success' });
    expectSound(prepared, await late.read('run-1'));
    expect(calls.sort()).toEqual(['quick', 'slow']);
  });

  it('launches again what had ended only in events that were lost; its effects are taken from the journal', async () => {
    let launches = 0;
    let calls = 0;
    const prepared = prepareWith(two, {
      first: async (scope) => {
        launches += 1;
        const result = await probe(scope, () => (calls += 1));
        return result.outcome === 'failure' ? result : { outcome: 'success', output: 'first' };
      },
    });
    const run = visited(prepared, { 1: [requests.pause, requests.resume] });
    expect(await run.handle.ended).toMatchObject({ outcome: 'success', output: 'first' });
    await expectWhole(prepared, run);
    expect([launches, calls]).toEqual([2, 1]);
  });

  it('a request that comes together with the end of the run decides, if the end is not in the journal yet', async () => {
    const prepared = prepareWith(two, { second: probeProgram(() => 'done') });
    const run = visited(prepared, { 1: [requests.cancel] });
    expect(await run.handle.ended).toMatchObject({ status: 'cancelled' });
    await expectWhole(prepared, run);
  });

  it('makes its own request again if others came first', async () => {
    const prepared = prepareWith(two, { first: probeProgram(deaf) });
    const run = visited(prepared, { 1: [requests.pause] });
    await turns();
    await run.handle.cancel('from here');
    expect(await run.handle.ended).toMatchObject({ status: 'cancelled', reason: 'from here' });
    await expectWhole(prepared, run);
  });

  it('is over if the journal says that the run is, and gives its result', async () => {
    const prepared = prepareWith(two, { first: probeProgram(deaf) });
    const run = visited(prepared, {});
    await turns();
    const seq = (await run.journal.read('run-1')).length;
    await MemoryJournal.prototype.append.call(run.journal, 'run-1', seq, [
      { ...requests.cancel, at: 1 },
      { type: 'task.cancelled', payload: { task: 'root', reason: 'asked from outside' }, at: 1 },
      { type: 'run.cancelled', payload: { reason: 'asked from outside' }, at: 1 },
    ]);
    await run.handle.refresh();
    expect(await run.handle.ended).toMatchObject({ status: 'cancelled', reason: 'asked from outside' });
    await expectWhole(prepared, run);
  });

  it('stops if another driver writes the journal', async () => {
    const prepared = prepareWith(two, { first: probeProgram(deaf) });
    const run = visited(prepared, {});
    await turns();
    const seq = (await run.journal.read('run-1')).length;
    const other = { type: 'node.completed', payload: { task: 'root', node: 'first', outcome: 'success', next: 'second' }, at: 1 } as const;
    await MemoryJournal.prototype.append.call(run.journal, 'run-1', seq, [other]);
    await expect(run.handle.refresh()).rejects.toMatchObject({ code: 'journal.stale_seq' });
    await expect(run.handle.ended).rejects.toMatchObject({ code: 'journal.stale_seq' });
    expect(await run.journal.read('run-1')).toHaveLength(seq + 1);
  });

  it('a deadline that passed in events that were lost still ends the run', async () => {
    const workflow = compileSample({ workflow: chain([{ id: 'first' }], { deadline: '30ms' }) });
    const prepared = prepareWith(workflow, { first: probeProgram(deaf) });
    const run = visited(prepared, { 1: [requests.pause] });
    expect(await run.handle.ended).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('deadline') });
    await expectWhole(prepared, run);
  });

  it('a timeout that passed in events that were lost still fails the node', async () => {
    const workflow = compileSample({ workflow: chain([{ id: 'first', timeout: '20ms' }]) });
    const prepared = prepareWith(workflow, { first: probeProgram(deaf) });
    const run = visited(prepared, { 1: [requests.pause, requests.resume] });
    expect(await run.handle.ended).toMatchObject({ outcome: 'failure' });
    const events = await expectWhole(prepared, run);
    expect(payloadsOf(events, 'node.completed').at(-1)).toMatchObject({ error: { code: 'node.timed_out' } });
  });

  it('refresh() of a run to which nobody appended changes nothing', async () => {
    const first = Promise.withResolvers<string>();
    const prepared = prepareWith(two, { first: probeProgram(() => first.promise) });
    const run = visited(prepared, {});
    await run.handle.refresh();
    first.resolve('first');
    expect(await run.handle.ended).toMatchObject({ output: 'first' });
    await run.handle.refresh();
    await expectWhole(prepared, run);
  });
});

describe('S13 a run that another process has taken over', () => {
  const fenced = () => Promise.reject(new EspalierError('journal.fenced', 'Another process drives the run.'));

  it.each(['append', 'read'] as const)('stops when %s is fenced off, and writes nothing more', async (operation) => {
    const journal = new MemoryJournal();
    const first = Promise.withResolvers<string>();
    const calls: string[] = [];
    const prepared = prepareWith(two, {
      first: probeProgram(() => first.promise),
      second: probeProgram(() => calls.push('second')),
    });
    const handle = driverOn(journal).start(prepared, start);
    await turns();
    const before = await journal.read('run-1');
    let attempts = 0;
    const own = { append: journal.append, read: journal.read };
    journal[operation] = () => {
      attempts += 1;
      return fenced();
    };
    if (operation === 'read') await expect(handle.refresh()).rejects.toMatchObject({ code: 'journal.fenced' });
    first.resolve('first');
    await expect(handle.ended).rejects.toMatchObject({ code: 'journal.fenced' });
    await turns(5);
    Object.assign(journal, own);
    expect(attempts).toBe(1);
    expect(await journal.read('run-1')).toEqual(before);
    expect(calls).toEqual([]);
    await expect(handle.cancel('late')).rejects.toMatchObject({ code: 'run.stopped' });
  });
});
