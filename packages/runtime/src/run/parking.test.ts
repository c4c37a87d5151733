import { describe, expect, it } from 'vitest';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { requests, VisitedJournal } from './testing/outsider.ts';
import { deaf, probeProgram } from './testing/probe-programs.ts';
import { chain, compileSample, fan, prepareSample, prepareWith } from './testing/sample-workflow.ts';
import { driverOn, engineVersion, expectSound, payloadsOf, turns } from './testing/test-driver.ts';

const hour = 3_600_000;
const start = { run: 'run-1', input: {}, engineVersion, parkAfterMs: 1000 };
const wait = (id: string, duration: string) => ({ id, handler: 'wait', with: { for: duration } });

/** Starts a run that is to be parked, on a journal that notes when it was released. */
function begun(prepared: Parameters<ReturnType<typeof driverOn>['start']>[0], options: { parkAfterMs?: number; now?: () => number } = {}) {
  const journal = Object.assign(new MemoryJournal(), {
    released: [] as string[],
    release: async (run: string) => void journal.released.push(run),
  });
  const { now = Date.now, ...rest } = options;
  return { journal, handle: driverOn(journal, { now }).start(prepared, { ...start, ...rest }) };
}

describe('ENG-X8 a run that does nothing but wait', () => {
  it('is parked: nothing is recorded for it, its journal is released, and it says when it is due', async () => {
    const prepared = await prepareSample({ workflow: chain([wait('pause', '1h')]) });
    const { journal, handle } = begun(prepared);
    const before = Date.now();
    const result = await handle.ended;
    const events = await journal.read('run-1');
    expect(result).toMatchObject({ status: 'waiting', outcome: undefined, parked: { seq: events.length } });
    expect(result.parked?.wakeAt).toBe(payloadsOf(events, 'effect.started')[0]?.due_at);
    expect(result.parked?.wakeAt).toBeGreaterThanOrEqual(before + hour - 1000);
    expect(events.at(-1)?.type).toBe('effect.started');
    expect(journal.released).toEqual(['run-1']);
    await expect(handle.cancel('late')).rejects.toMatchObject({ code: 'run.stopped' });
    await handle.refresh();
    expect(await journal.read('run-1')).toEqual(events);
  });

  it('is taken up again when it is due, as if it had never been away', async () => {
    const prepared = await prepareSample({ workflow: chain([wait('pause', '1h')]) });
    const { journal, handle } = begun(prepared);
    await handle.ended;
    const later = driverOn(journal, { now: () => Date.now() + hour });
    expect(await (await later.resume(prepared, 'run-1', { parkAfterMs: 1000 })).ended).toMatchObject({ outcome: 'success' });
    expectSound(prepared, await journal.read('run-1'));
  });

  it('that is woken too early is parked again, for the same time', async () => {
    const prepared = await prepareSample({ workflow: chain([wait('pause', '1h')]) });
    const { journal, handle } = begun(prepared);
    const first = await handle.ended;
    const again = await driverOn(journal).resume(prepared, 'run-1', { parkAfterMs: 1000 });
    expect(await again.ended).toEqual(first);
  });

  it('is not parked if it is due soon, or if nobody asked for it', async () => {
    const soon = await prepareSample({ workflow: chain([wait('pause', '30ms')]) });
    expect(await begun(soon).handle.ended).toMatchObject({ status: 'completed' });
    const long = await prepareSample({ workflow: chain([wait('pause', '1h')]) });
    const handle = driverOn(new MemoryJournal()).start(long, { run: 'run-1', input: {}, engineVersion });
    const ended = await Promise.race([handle.ended, turns(20)]);
    expect(ended).toBeUndefined();
    await handle.stop();
  });

  it('is not parked while anything else is under way', async () => {
    const work = Promise.withResolvers<string>();
    const workflow = compileSample({ workflow: fan([wait('pause', '1h'), { id: 'work' }]) });
    const waiting = (await prepareSample({ workflow: chain([wait('pause', '1h')]) })).nodes[1]?.work;
    if (!waiting || !('program' in waiting)) throw new Error('no program');
    const { handle, journal } = begun(prepareWith(workflow, { pause: waiting.program, work: probeProgram(() => work.promise) }));
    expect(await Promise.race([handle.ended, turns(20)])).toBeUndefined();
    work.resolve('done');
    expect(await handle.ended).toMatchObject({ status: 'waiting' });
    expect((await journal.read('run-1')).at(-1)).toMatchObject({ type: 'node.completed', payload: { node: 'work' } });
  });

  it.each([
    ['the first of its timers', {}, [wait('long', '3h'), wait('short', '2h')], 2 * hour],
    ['a node’s timeout', {}, [{ ...wait('long', '3h'), timeout: '1h' }, wait('other', '2h')], hour],
    ['its deadline', { deadline: '90m' }, [wait('long', '3h'), { ...wait('other', '4h'), timeout: '2h' }], 1.5 * hour],
  ])('is woken by %s', async (_name, rest, arms, expected) => {
    const now = () => 1_000_000;
    const prepared = await prepareSample({ workflow: fan(arms, { rest }) });
    const { handle } = begun(prepared, { now });
    expect((await handle.ended).parked?.wakeAt).toBe(now() + expected);
  });
});

describe('ENG-X8 a run that is paused', () => {
  const two = compileSample({ workflow: chain([{ id: 'first' }, { id: 'second' }], { deadline: '1h' }) });

  it('is parked once what was under way has ended; only its deadline wakes it', async () => {
    const first = Promise.withResolvers<string>();
    const prepared = prepareWith(two, { first: probeProgram(() => first.promise) });
    const { handle, journal } = begun(prepared, { now: () => 5000 });
    await turns();
    await handle.pause('lunch');
    expect(await Promise.race([handle.ended, turns(10)])).toBeUndefined();
    first.resolve('done');
    expect(await handle.ended).toMatchObject({ status: 'paused', parked: { wakeAt: 5000 + hour } });
    await journal.append('run-1', (await journal.read('run-1')).length, [{ ...requests.resume, at: 6000 }]);
    const resumed = await driverOn(journal, { now: () => 6000 }).resume(prepared, 'run-1', { parkAfterMs: 1000 });
    expect(await resumed.ended).toMatchObject({ status: 'completed', output: 'done' });
    expectSound(prepared, await journal.read('run-1'));
  });

  it('is parked with its timers, and without a time if it has no deadline', async () => {
    const prepared = await prepareSample({ workflow: chain([wait('pause', '200ms')]) });
    const { handle } = begun(prepared);
    await turns();
    await handle.pause();
    const { status, parked } = await handle.ended;
    expect([status, parked?.wakeAt]).toEqual(['paused', undefined]);
  });

  it('goes on if it is told to before it was let go', async () => {
    const prepared = await prepareSample({ workflow: chain([wait('pause', '50ms')]) });
    const { handle } = begun(prepared);
    await turns();
    await Promise.all([handle.pause(), handle.resume()]);
    expect(await handle.ended).toMatchObject({ status: 'completed' });
  });

  it('by somebody else is parked when it learns of it', async () => {
    const prepared = prepareWith(two, { first: probeProgram(() => 1), second: probeProgram(deaf) });
    const journal = new VisitedJournal((append) => (append === 1 ? [requests.pause] : []));
    const handle = driverOn(journal).start(prepared, start);
    expect(await handle.ended).toMatchObject({ status: 'paused' });
    expect(payloadsOf(await journal.read('run-1'), 'node.completed').map(({ node }) => node)).toEqual(['begin', 'first']);
  });
});
