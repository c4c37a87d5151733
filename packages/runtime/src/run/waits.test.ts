import { type JournalEvent, type Json, type JsonObject, verify } from '@espalier/core';
import { describe, expect, it, vi } from 'vitest';
import { createGate } from '../gate/gate.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { recompute } from './recompute.ts';
import { deaf, probeProgram } from './testing/probe-programs.ts';
import { chain, compileSample, fan, prepareSample, prepareWith } from './testing/sample-workflow.ts';
import { begin, driverOn, engineVersion, expectSound, payloadsOf, runToEnd, turns } from './testing/test-driver.ts';

const waitNode = (parameters: JsonObject, rest: JsonObject = {}) => ({ id: 'pause', handler: 'wait', with: parameters, ...rest });
const waiting = (parameters: JsonObject, rest: JsonObject = {}) => prepareSample({ workflow: chain([waitNode(parameters, rest)]) });

/** What a process leaves behind that began to wait `age` milliseconds ago and died. */
async function abandoned(prepared: PreparedWorkflow, age: number, input: Json = {}): Promise<MemoryJournal> {
  const journal = new MemoryJournal();
  const handle = driverOn(journal, { now: () => Date.now() - age }).start(prepared, { run: 'run-1', input, engineVersion });
  await turns();
  await handle.stop();
  const copy = new MemoryJournal();
  await copy.append('run-1', 0, JSON.parse(JSON.stringify(await journal.read('run-1'))) as JournalEvent[]);
  return copy;
}

describe('S9 the handler wait', () => {
  it('waits as an effect of kind timer, and leaves the value as it was', async () => {
    const before = Date.now();
    const { result, events } = await runToEnd(await waiting({ for: '30ms' }), { text: 'as given' });
    expect(result).toMatchObject({ outcome: 'success', output: { text: 'as given' } });
    const [started] = payloadsOf(events, 'effect.started');
    expect(started).toMatchObject({ kind: 'timer', target: 'wait', verdicts: [], try: 1, due_at: expect.any(Number) });
    expect(started?.due_at).toBeGreaterThanOrEqual(before + 30);
    const [completed] = events.filter(({ type }) => type === 'effect.completed');
    expect(completed?.at).toBeGreaterThanOrEqual(started?.due_at ?? Number.POSITIVE_INFINITY);
    expect(payloadsOf(events, 'node.completed').find(({ node }) => node === 'pause')).not.toHaveProperty('output');
  });

  it('has a hash that does not depend on the clock', async () => {
    const hashes = await Promise.all(
      [0, 1_000_000].map(async (age) => {
        const journal = await abandoned(await waiting({ for: '1d' }), age);
        return payloadsOf(await journal.read('run-1'), 'effect.started')[0]?.input_hash;
      }),
    );
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
  });

  it('asks no gate', async () => {
    const refusing = createGate([
      { name: 'no', admit: () => ({ step: 'no', decision: 'deny', fault: { code: 'effect.refused', message: '' } }) },
    ]);
    const { result } = await runToEnd(await waiting({ for: '1ms' }), {}, refusing);
    expect(result.outcome).toBe('success');
  });

  const soon = () => Date.now() + 25;

  it.each([
    ['milliseconds since 1970', soon],
    ['an ISO time in UTC', () => new Date(soon()).toISOString()],
    ['an ISO time with an offset', () => new Date(soon() + 3_600_000).toISOString().replace('Z', '+01:00')],
    ['an ISO time without a zone, as UTC', () => new Date(soon()).toISOString().replace('Z', '')],
  ])('waits until %s in the input', async (_name, makeTime) => {
    const at = makeTime();
    const { result, events } = await runToEnd(await waiting({ until: 'start_at' }), { start_at: at });
    const due = payloadsOf(events, 'effect.started')[0]?.due_at ?? 0;
    expect(due).toBeGreaterThan(Date.now() - 5000);
    expect(due).toBe(typeof at === 'number' ? at : Date.parse(/[Z+]/.test(at) ? at : `${at}Z`));
    expect(Date.now()).toBeGreaterThanOrEqual(due);
    expect(result).toMatchObject({ outcome: 'success', output: { start_at: at } });
  });

  it.each([['yesterday'], ['2026-02-30'], [1.5], [null], [9e15], [['2026-01-01']], [true]])(
    'fails its node if the field until holds %j',
    async (start_at) => {
      const { result, events } = await runToEnd(await waiting({ until: 'start_at' }), { start_at });
      expect(result.outcome).toBe('failure');
      expect(payloadsOf(events, 'node.completed').at(-1)).toMatchObject({ node: 'pause', error: { code: 'wait.not_a_time' } });
      expect(payloadsOf(events, 'effect.started')).toEqual([]);
    },
  );

  it.each([['__proto__'], ['missing'], ['toString']])('fails its node if the input has no field %s', async (field) => {
    const { events } = await runToEnd(await waiting({ until: field }), {});
    expect(payloadsOf(events, 'node.completed').at(-1)).toMatchObject({ error: { code: 'wait.not_a_time' } });
  });

  it('waits longer than the timers of Node reach, and no time is beyond the end of time', async () => {
    const journal = await abandoned(await waiting({ for: '999999999d' }), 0);
    expect(payloadsOf(await journal.read('run-1'), 'effect.started')[0]?.due_at).toBe(8.64e15);
  });

  it('S16 a hundred clones wait at once with concurrency 1, and in one commit', async () => {
    const workflow = fan([waitNode({ for: '60ms' })], { opener: { role: 'split', split: { over: 'items' } }, rest: { concurrency: 1 } });
    const prepared = await prepareSample({ workflow });
    const items = Array.from({ length: 100 }, (_, index) => index);
    const { result, events } = await runToEnd(prepared, { items });
    expect(result.outcome).toBe('success');
    const first = events.findIndex(({ type }) => type === 'effect.completed');
    expect(events.slice(0, first).filter(({ type }) => type === 'effect.started')).toHaveLength(100);
  });

  it('S16 gives its place to others while it waits, and effects get theirs', async () => {
    const workflow = compileSample({
      workflow: fan([waitNode({ for: '1h' }), { id: 'work' }], { merge: { strategy: 'any', reducer: 'last' }, rest: { concurrency: 1 } }),
    });
    const wait = (await prepareSample({ workflow: chain([waitNode({ for: '1h' })]) })).nodes[1]?.work;
    if (!wait || !('program' in wait)) throw new Error('no program');
    const { result } = await runToEnd(prepareWith(workflow, { pause: wait.program, work: probeProgram(() => 'done') }));
    expect(result.output).toBe('done');
  });

  it('recompute does not wait', async () => {
    const prepared = await waiting({ for: '40ms' });
    const { events } = await runToEnd(prepared, { text: 'x' });
    const before = Date.now();
    expect(await recompute(prepared, events)).toMatchObject({ recomputed: 3, skipped: 0, differences: [] });
    expect(Date.now() - before).toBeLessThan(40);
  });
});

describe('S9 a wait after a restart', () => {
  it('is armed again for the recorded time: no second try, never unknown', async () => {
    const prepared = await waiting({ for: '100ms' });
    const journal = await abandoned(prepared, 60);
    const due = payloadsOf(await journal.read('run-1'), 'effect.started')[0]?.due_at ?? 0;
    const handle = await driverOn(journal).resume(prepared, 'run-1');
    expect(await handle.ended).toMatchObject({ outcome: 'success' });
    const events = await journal.read('run-1');
    expectSound(prepared, events);
    expect(payloadsOf(events, 'effect.started')).toHaveLength(1);
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ outcome: 'success', try: 1 }]);
    const [completed] = events.filter(({ type }) => type === 'effect.completed');
    expect(completed?.at).toBeGreaterThanOrEqual(due);
    expect(completed?.at).toBeLessThan(due + 2000);
  });

  it('is over at once if its time has passed', async () => {
    const prepared = await waiting({ for: '1h' });
    const journal = await abandoned(prepared, 7_200_000);
    const handle = await driverOn(journal).resume(prepared, 'run-1');
    expect(await handle.ended).toMatchObject({ outcome: 'success' });
  });

  it('that another program asks for is refused: the journal says otherwise', async () => {
    const workflow = compileSample({ workflow: chain([{ id: 'work' }]) });
    const asking = (input: Json) =>
      prepareWith(workflow, {
        work: async (scope) => {
          await scope.wait({ input, dueAt: (now) => now + 60_000 });
          return { outcome: 'success', output: null };
        },
      });
    const journal = await abandoned(asking('one'), 0);
    const handle = await driverOn(journal).resume(asking('another'), 'run-1');
    await expect(handle.ended).rejects.toMatchObject({ code: 'journal.diverged' });
  });
});

describe('ENG-X8 a wait that is cut short', () => {
  it('ends with the run that is cancelled', async () => {
    const prepared = await waiting({ for: '1h' });
    const { handle, journal } = begin(prepared);
    await turns();
    await handle.cancel('enough');
    expect(await handle.ended).toMatchObject({ status: 'cancelled' });
    const events = await journal.read('run-1');
    expectSound(prepared, events);
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ error: { code: 'effect.cancelled' } }]);
  });

  it('fails with the timeout of its node', async () => {
    const { events } = await runToEnd(await waiting({ for: '1h' }, { timeout: '20ms' }));
    expect(payloadsOf(events, 'node.completed').at(-1)).toMatchObject({ error: { code: 'node.timed_out' } });
  });

  it('a node’s time counts from the recorded start, not from the resume', async () => {
    const prepared = await waiting({ for: '2h' }, { timeout: '1h' });
    const journal = await abandoned(prepared, 3_600_000 - 50);
    const handle = await driverOn(journal).resume(prepared, 'run-1');
    expect(await handle.ended).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('1h') });
    expectSound(prepared, await journal.read('run-1'));
  });

  it('a node whose time was over before the resume is not performed', async () => {
    const workflow = compileSample({ workflow: chain([{ id: 'work', timeout: '1h' }]) });
    const journal = await abandoned(prepareWith(workflow, { work: probeProgram(deaf, { idempotent: true }) }), 7_200_000);
    const calls = vi.fn();
    const prepared = prepareWith(workflow, { work: probeProgram(() => calls() ?? null, { idempotent: true }) });
    expect(await (await driverOn(journal).resume(prepared, 'run-1')).ended).toMatchObject({ outcome: 'failure' });
    expect(calls).not.toHaveBeenCalled();
    const events = await journal.read('run-1');
    expect(verify(workflow.graph, events)).toMatchObject({ ok: true, ended: true });
    expect(payloadsOf(events, 'node.completed').at(-1)).toMatchObject({ error: { code: 'node.timed_out' } });
  });

  it('a timer that was due before the node’s time was over comes first, however late both are noticed', async () => {
    const prepared = await waiting({ for: '1h' }, { timeout: '2h' });
    const journal = await abandoned(prepared, 10_000_000);
    expect(await (await driverOn(journal).resume(prepared, 'run-1')).ended).toMatchObject({ outcome: 'success' });
  });
});
