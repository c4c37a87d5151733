import { EspalierError, type JournalEvent } from '@espalier/core';
import { describe, expect, it, vi } from 'vitest';
import { type AdmissionContext, createGate } from '../gate/gate.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { deaf, obedient, probe, probeProgram } from './testing/probe-programs.ts';
import { chain, compileSample, fan, prepareWith } from './testing/sample-workflow.ts';
import { begin, driverOn, engineVersion, expectSound, payloadsOf, runToEnd, turns } from './testing/test-driver.ts';

const start = { run: 'run-1', input: {}, engineVersion };
const context: AdmissionContext = {
  tenant: 'default',
  run: 'run-1',
  task: 'root',
  node: 'first',
  key: '',
  agent: undefined,
  payer: { workflow: 'sample', session: 'run-1', user: undefined, costCentre: undefined },
  request: undefined,
  risk: 'high',
  fork: undefined,
  checkInput: undefined,
};
const two = compileSample({ workflow: chain([{ id: 'first' }, { id: 'second' }]) });

describe('cancellation of siblings', () => {
  const workflow = compileSample({
    workflow: fan([{ id: 'fast' }, { id: 'slow' }, { id: 'deaf' }], { merge: { strategy: 'any', reducer: 'last' } }),
  });

  it('ENG-X8 the losers are told, recorded, and not waited for', async () => {
    const reasons: unknown[] = [];
    const slow = async (signal: AbortSignal) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return obedient(signal);
    };
    const programs = { fast: probeProgram(() => 'won'), slow: probeProgram(slow), deaf: probeProgram(deaf) };
    const prepared = prepareWith(workflow, programs);
    const { result, events } = await runToEnd(prepared);
    expect(result).toMatchObject({ outcome: 'success', output: 'won' });
    expect(reasons).toMatchObject([{ code: 'task.cancelled' }]);
    expect(payloadsOf(events, 'task.cancelled').map(({ task }) => task)).toEqual(['root/fan.1', 'root/fan.2']);
    const abandoned = payloadsOf(events, 'effect.completed').filter(({ outcome }) => outcome === 'failure');
    expect(abandoned).toMatchObject([
      { task: 'root/fan.1', error: { code: 'effect.cancelled' } },
      { task: 'root/fan.2', error: { code: 'effect.cancelled' } },
    ]);
  });

  it('S13 what a loser comes to afterwards changes nothing', async () => {
    const late = Promise.withResolvers<string>();
    const prepared = prepareWith(workflow, {
      fast: probeProgram(() => 'won'),
      slow: probeProgram(() => late.promise),
      deaf: probeProgram(() => late.promise.then(() => Promise.reject(new Error('late')))),
    });
    const { handle, journal } = begin(prepared);
    await handle.ended;
    const before = await journal.read('run-1');
    late.resolve('too late');
    await turns();
    expect(await journal.read('run-1')).toEqual(before);
  });

  it('the run goes on after the merge while a loser still works', async () => {
    const after = compileSample({
      workflow: fan([{ id: 'fast' }, { id: 'deaf' }], { merge: { strategy: 'first', reducer: 'last' }, rest: { concurrency: 2 } }),
    });
    const programs = { fast: probeProgram(() => 'won'), deaf: probeProgram(deaf), join: probeProgram(() => 'joined') };
    expect((await runToEnd(prepareWith(after, programs))).result.output).toBe('joined');
  });
});

describe('requests', () => {
  it('cancel() stops what is under way and ends the run', async () => {
    const signals: AbortSignal[] = [];
    const prepared = prepareWith(two, {
      first: probeProgram((signal) => {
        signals.push(signal);
        return obedient(signal);
      }),
    });
    const { handle, journal } = begin(prepared);
    await turns();
    await handle.cancel('enough');
    expect(await handle.ended).toMatchObject({ status: 'cancelled', outcome: undefined, reason: 'enough' });
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    const events = await journal.read('run-1');
    expectSound(prepared, events);
    expect(events.at(-1)).toMatchObject({ type: 'run.cancelled', payload: { reason: 'enough' } });
  });

  it('pause() lets what is under way end and starts nothing; resume() goes on', async () => {
    const first = Promise.withResolvers<string>();
    let seconds = 0;
    const prepared = prepareWith(two, { first: probeProgram(() => first.promise), second: probeProgram(() => (seconds += 1)) });
    const { handle, journal } = begin(prepared);
    await turns();
    await handle.pause('lunch');
    first.resolve('done');
    await turns();
    expect(seconds).toBe(0);
    expect(payloadsOf(await journal.read('run-1'), 'node.completed').map(({ node }) => node)).toEqual(['begin', 'first']);
    await handle.resume();
    expect(await handle.ended).toMatchObject({ outcome: 'success', output: 1 });
    expectSound(prepared, await journal.read('run-1'));
  });

  it('a paused run stays paused when another process takes it up', async () => {
    const prepared = prepareWith(two, { first: probeProgram(() => 'done', { idempotent: true }) });
    const { handle, journal } = begin(prepared);
    await handle.pause();
    await turns();
    const copy = new MemoryJournal();
    await copy.append('run-1', 0, await journal.read('run-1'));
    const taken = await driverOn(copy).resume(prepared, 'run-1');
    await turns();
    expect((await copy.read('run-1')).some(({ type }) => type === 'run.completed')).toBe(false);
    await taken.resume();
    expect(await taken.ended).toMatchObject({ outcome: 'success' });
    expectSound(prepared, await copy.read('run-1'));
  });

  it('a paused run can be cancelled', async () => {
    const prepared = prepareWith(two, { first: probeProgram(deaf) });
    const { handle, journal } = begin(prepared);
    await handle.pause();
    await handle.cancel('never mind');
    expect(await handle.ended).toMatchObject({ status: 'cancelled' });
    expectSound(prepared, await journal.read('run-1'));
  });

  it.each(['cancel', 'pause', 'resume'] as const)('%s() after the end is refused and writes nothing', async (request) => {
    const { handle, journal } = begin(prepareWith(two, {}));
    await handle.ended;
    const before = await journal.read('run-1');
    await expect(handle[request]('late')).rejects.toMatchObject({ code: 'run.ended' });
    await turns();
    expect(await journal.read('run-1')).toEqual(before);
  });

  it('two cancellations at once: the first decides, neither hangs', async () => {
    const { handle } = begin(prepareWith(two, { first: probeProgram(deaf) }));
    const outcomes = await Promise.allSettled([handle.cancel('first'), handle.cancel('second')]);
    expect(outcomes[0]).toMatchObject({ status: 'fulfilled' });
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { code: 'run.ended' } });
    expect(await handle.ended).toMatchObject({ reason: 'first' });
  });

  it('a run that has ended gives its result again when it is resumed, and writes nothing', async () => {
    const prepared = prepareWith(two, { second: probeProgram(() => 'output') });
    const { handle, journal } = begin(prepared);
    const result = await handle.ended;
    const before = await journal.read('run-1');
    const again = await driverOn(journal).resume(prepared, 'run-1');
    expect(await again.ended).toEqual(result);
    expect(await journal.read('run-1')).toEqual(before);
    await expect(again.cancel('late')).rejects.toMatchObject({ code: 'run.ended' });
  });
});

describe('time', () => {
  it('ENG-X8 a node that overruns its timeout fails, and the run goes on if the node allows it', async () => {
    const workflow = compileSample({ workflow: chain([{ id: 'first', timeout: '20ms', continue_on_failure: true }, { id: 'second' }]) });
    const prepared = prepareWith(workflow, { first: probeProgram(deaf), second: probeProgram(() => 'second') });
    const { result, events } = await runToEnd(prepared);
    expect(result).toMatchObject({ outcome: 'partial', output: 'second' });
    expect(payloadsOf(events, 'node.completed')).toContainEqual(
      expect.objectContaining({ node: 'first', error: { code: 'node.timed_out', message: 'first did not end within 20ms.' } }),
    );
  });

  it('ENG-X8 a run that overruns its deadline ends in failure, whatever is under way', async () => {
    const workflow = compileSample({ workflow: fan([{ id: 'a' }, { id: 'b' }], { rest: { deadline: '30ms' } }) });
    const prepared = prepareWith(workflow, { a: probeProgram(deaf), b: probeProgram(obedient) });
    const { result, events } = await runToEnd(prepared);
    expect(result).toMatchObject({ status: 'completed', outcome: 'failure', exit: undefined, reason: expect.stringContaining('deadline') });
    expect(payloadsOf(events, 'run.deadline_passed')).toEqual([{ deadline_ms: 30 }]);
  });

  it('ENG-X8 a deadline also ends a run that is paused', async () => {
    const workflow = compileSample({ workflow: chain([{ id: 'first' }], { deadline: '30ms' }) });
    const { handle, journal } = begin(prepareWith(workflow, { first: probeProgram(deaf) }));
    await handle.pause();
    expect(await handle.ended).toMatchObject({ outcome: 'failure' });
    expectSound(prepareWith(workflow, {}), await journal.read('run-1'));
  });

  /** A journal whose run began `age` milliseconds ago and is at `first`. */
  async function begunAgo(age: number, workflow = compileSample({ workflow: chain([{ id: 'first' }], { deadline: '1h' }) })) {
    const { handle, journal } = begin(prepareWith(workflow, { first: probeProgram(deaf, { idempotent: true }) }));
    await turns();
    const older: JournalEvent[] = (await journal.read('run-1')).map((event) => ({ ...event, at: event.at - age }));
    await handle.cancel('only its beginning is of use');
    const copy = new MemoryJournal();
    await copy.append('run-1', 0, older);
    return { journal: copy, workflow };
  }

  it('ENG-X8 the deadline counts from the start of the run, across a resume', async () => {
    const { journal, workflow } = await begunAgo(3_600_000 - 40);
    const prepared = prepareWith(workflow, { first: probeProgram(deaf, { idempotent: true }) });
    const handle = await driverOn(journal).resume(prepared, 'run-1');
    expect(await handle.ended).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('deadline') });
    expectSound(prepared, await journal.read('run-1'));
  });

  it('ENG-X8 a run that is resumed after its deadline performs nothing more', async () => {
    const { journal, workflow } = await begunAgo(7_200_000);
    let calls = 0;
    const prepared = prepareWith(workflow, { first: probeProgram(() => (calls += 1), { idempotent: true }) });
    const handle = await driverOn(journal).resume(prepared, 'run-1');
    expect(await handle.ended).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('deadline') });
    expect(calls).toBe(0);
  });
});

describe('the end of a loop', () => {
  it('ENG-X8 a run that ended is not taken up again, even if its deadline has passed since', async () => {
    const workflow = compileSample({ workflow: chain([{ id: 'first' }], { deadline: '1h' }) });
    const prepared = prepareWith(workflow, {});
    const { handle, journal } = begin(prepared);
    const result = await handle.ended;
    const before = await journal.read('run-1');
    const later = driverOn(journal, { now: () => Date.now() + 7_200_000 });
    expect(await (await later.resume(prepared, 'run-1')).ended).toEqual(result);
    expect(await journal.read('run-1')).toEqual(before);
  });

  it('a defect while a result is recorded rejects the run instead of leaving it hanging', async () => {
    const prepared = prepareWith(two, { first: async () => undefined as never });
    const { handle } = begin(prepared);
    await expect(handle.ended).rejects.toThrow();
  });

  it('a run that is stopped gives its lock back and can be resumed', async () => {
    const prepared = prepareWith(two, { first: probeProgram(deaf, { idempotent: true }) });
    const journal = Object.assign(new MemoryJournal(), {
      released: [] as string[],
      release: async (run: string) => void journal.released.push(run),
    });
    const handle = driverOn(journal).start(prepared, start);
    await turns();
    await handle.stop();
    await expect(handle.ended).rejects.toMatchObject({ code: 'run.stopped' });
    expect(journal.released).toEqual(['run-1']);
    const calm = prepareWith(two, { first: probeProgram(() => 1, { idempotent: true }) });
    expect(await (await driverOn(journal).resume(calm, 'run-1')).ended).toMatchObject({ outcome: 'success' });
  });

  it('S16 effects side by side in one node are bounded, too', async () => {
    let inFlight = 0;
    let peak = 0;
    const work = async () => {
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      await turns(2);
      inFlight -= 1;
      return 1;
    };
    const workflow = compileSample({ workflow: chain([{ id: 'first' }], { concurrency: 2 }) });
    const prepared = prepareWith(workflow, {
      first: async (scope) => {
        await Promise.all(Array.from({ length: 7 }, () => probe(scope, work)));
        return { outcome: 'success', output: 1 };
      },
    });
    await runToEnd(prepared);
    expect(peak).toBe(2);
  });

  it('timers get their turn in a long row of pure nodes', async () => {
    const nodes = Array.from({ length: 3000 }, (_, index) => ({ id: `n${index}` }));
    const { handle } = begin(prepareWith(compileSample({ workflow: chain(nodes) }), {}));
    await handle.cancel('enough');
    expect(await handle.ended).toMatchObject({ status: 'cancelled' });
  });

  it('ENG-P an observer that changes what it sees changes nothing', async () => {
    const journal = new MemoryJournal();
    const observe = ({ payload }: JournalEvent) => Object.assign(payload, { outcome: 'failure', input: 'changed' });
    const handle = driverOn(journal).start(prepareWith(two, {}), { ...start, input: { kept: true }, observe });
    expect(await handle.ended).toMatchObject({ outcome: 'success', output: { kept: true } });
    expectSound(prepareWith(two, {}), await journal.read('run-1'));
  });
});

describe('programs that outlive their node', () => {
  it.each([true, false])(
    'an effect that is asked for after the node ended is neither performed nor recorded (idempotent %s)',
    async (idempotent) => {
      const calls: string[] = [];
      const late = Promise.withResolvers<unknown>();
      const prepared = prepareWith(two, {
        first: async (scope) => {
          const ask = () => probe(scope, () => calls.push('late'), { idempotent });
          setImmediate(() => late.resolve(ask().catch((thrown: unknown) => thrown)));
          return { outcome: 'success', output: 'first' };
        },
        second: probeProgram(async () => {
          await turns(4);
          return calls.push('second');
        }),
      });
      const { handle, journal } = begin(prepared);
      await handle.ended;
      expect(await late.promise).toBeInstanceOf(Error);
      expect(calls).toEqual(['second']);
      const events = await journal.read('run-1');
      expectSound(prepared, events);
      expect(payloadsOf(events, 'effect.started')).toMatchObject([{ node: 'second', try: 1 }]);
      expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ node: 'second', outcome: 'success' }]);
    },
  );

  it('a program that goes on after its timeout performs nothing more', async () => {
    const workflow = compileSample({ workflow: chain([{ id: 'first', timeout: '20ms', continue_on_failure: true }, { id: 'second' }]) });
    const calls: string[] = [];
    const prepared = prepareWith(workflow, {
      first: async (scope) => {
        await probe(scope, deaf).catch(() => {});
        await probe(scope, () => calls.push('after the timeout'));
        return { outcome: 'success', output: 1 };
      },
      second: probeProgram(async () => {
        await turns(4);
        return calls.push('second');
      }),
    });
    await runToEnd(prepared);
    expect(calls).toEqual(['second']);
  });

  it('S9 effects side by side in one node can be cancelled while the first still waits for its admission', async () => {
    const prepared = prepareWith(two, {
      first: async (scope) => {
        const slow = scope.effect({ kind: 'tool', target: 'slow', input: null, idempotent: false, perform: deaf });
        await Promise.all([slow, probe(scope, deaf)]);
        return { outcome: 'success', output: 1 };
      },
    });
    const gate = {
      admit: (effect: { target: string }) =>
        effect.target === 'slow' ? deaf() : createGate([]).admit({ ...effect, kind: 'handler', input: null }, context),
      settle: async () => {},
    };
    const { handle, journal } = begin(prepared, {}, gate);
    await turns();
    await handle.cancel('enough');
    expect(await handle.ended).toMatchObject({ status: 'cancelled' });
    expectSound(prepared, await journal.read('run-1'));
  });
});

describe('a journal that cannot be written', () => {
  it('ends the loop: nothing is performed afterwards, and no rejection is left over', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const calls: string[] = [];
    const journal = new MemoryJournal();
    let appends = 0;
    const full: MemoryJournal = Object.assign(Object.create(journal), {
      async append(...parameters: Parameters<MemoryJournal['append']>) {
        appends += 1;
        if (appends === 2) throw new Error('the disk is full');
        return journal.append(...parameters);
      },
      read: (run: string) => journal.read(run),
    });
    const prepared = prepareWith(two, {
      first: probeProgram(() => calls.push('first')),
      second: probeProgram(() => calls.push('second')),
    });
    const handle = driverOn(full).start(prepared, start);
    await expect(handle.ended).rejects.toThrow('the disk is full');
    await turns(5);
    expect(calls).toEqual(['first']);
    expect(appends).toBe(2);
    expect(payloadsOf(await journal.read('run-1'), 'effect.completed')).toEqual([]);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('rejects the request that could not be recorded', async () => {
    const journal = new MemoryJournal();
    const prepared = prepareWith(two, { first: probeProgram(deaf) });
    const handle = driverOn(journal).start(prepared, start);
    await turns();
    journal.append = () => Promise.reject(new EspalierError('storage.failed', 'The disk is full.'));
    await expect(handle.cancel('enough')).rejects.toMatchObject({ code: 'storage.failed' });
    await expect(handle.ended).rejects.toMatchObject({ code: 'storage.failed' });
  });

  it('a run id that is taken is refused, and the run that has it is left alone', async () => {
    const { handle, journal } = begin(prepareWith(two, {}));
    await handle.ended;
    const before = await journal.read('run-1');
    const again = driverOn(journal).start(prepareWith(two, {}), start);
    await expect(again.ended).rejects.toMatchObject({ code: 'journal.stale_seq' });
    expect(await journal.read('run-1')).toEqual(before);
  });
});
