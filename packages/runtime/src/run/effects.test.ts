import { EspalierError, type JournalEvent, type Json, verify } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { MemoryArtifacts } from '../artifacts/memory-artifacts.ts';
import { createGate, type GateStep } from '../gate/gate.ts';
import { Permit } from '../gate/permit.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { customProgram } from './programs.ts';
import { deaf, probe, probeProgram } from './testing/probe-programs.ts';
import { chain, compileSample, prepareWith } from './testing/sample-workflow.ts';
import { begin, driverOn, engineVersion, expectSound, finalState, payloadsOf, runToEnd, turns } from './testing/test-driver.ts';

const workflow = compileSample({ workflow: chain([{ id: 'work' }]) });
const start = { run: 'run-1', input: {}, engineVersion };

/** A journal that ends right after the first event of a type, as JSON: nothing in it is shared with the run that wrote it. */
async function cutAfter(prepared: PreparedWorkflow, type: JournalEvent['type'], input: Json = {}): Promise<MemoryJournal> {
  const { handle, journal } = begin(prepared, input);
  await Promise.race([handle.ended, turns(10)]);
  const events: JournalEvent[] = JSON.parse(JSON.stringify(await journal.read('run-1')));
  const cut = new MemoryJournal();
  await cut.append('run-1', 0, events.slice(0, events.findIndex((event) => event.type === type) + 1));
  return cut;
}

async function resume(prepared: PreparedWorkflow, journal: MemoryJournal, steps: readonly GateStep[] = []) {
  const handle = await driverOn(journal, { gate: createGate(steps) }).resume(prepared, 'run-1');
  const result = await handle.ended;
  const events = await journal.read('run-1');
  expectSound(prepared, events);
  return { result, events };
}

describe('S10 an effect at recovery', () => {
  it('is not performed again if its outcome is recorded', async () => {
    const prepared = prepareWith(workflow, { work: probeProgram(() => 'first time') });
    const journal = await cutAfter(prepared, 'effect.completed');
    let calls = 0;
    const { result } = await resume(prepareWith(workflow, { work: probeProgram(() => (calls += 1)) }), journal);
    expect(result).toMatchObject({ outcome: 'success', output: 'first time' });
    expect(calls).toBe(0);
  });

  it('is performed again under the same key as a further try if it may be', async () => {
    const journal = await cutAfter(prepareWith(workflow, { work: probeProgram(deaf, { idempotent: true }) }), 'effect.started');
    const { result, events } = await resume(prepareWith(workflow, { work: probeProgram(() => 'again', { idempotent: true }) }), journal);
    expect(result.output).toBe('again');
    expect(payloadsOf(events, 'effect.started').map(({ key, try: attempt }) => [key, attempt])).toEqual([
      ['run-1/root/work/0', 1],
      ['run-1/root/work/0', 2],
    ]);
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ try: 2 }]);
  });

  it('fails its node as unknown if it may not be repeated, without being performed', async () => {
    const journal = await cutAfter(prepareWith(workflow, { work: probeProgram(deaf) }), 'effect.started');
    let calls = 0;
    const { result, events } = await resume(prepareWith(workflow, { work: probeProgram(() => (calls += 1)) }), journal);
    expect(result.outcome).toBe('failure');
    expect(calls).toBe(0);
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ try: 1, error: { code: 'effect.outcome_unknown' } }]);
    expect(payloadsOf(events, 'node.completed').at(-1)).toMatchObject({ error: { code: 'effect.outcome_unknown' } });
  });

  it('is not performed for ever if the process ends each time', async () => {
    const journal = await cutAfter(prepareWith(workflow, { work: probeProgram(deaf, { idempotent: true }) }), 'effect.started');
    const started = (await journal.read('run-1')).at(-1) as JournalEvent & { type: 'effect.started' };
    for (let attempt = 2; attempt <= 20; attempt += 1) {
      const { type, payload, at } = started;
      await journal.append('run-1', (await journal.read('run-1')).length, [{ type, payload: { ...payload, try: attempt }, at }]);
    }
    let calls = 0;
    const { events } = await resume(prepareWith(workflow, { work: probeProgram(() => (calls += 1), { idempotent: true }) }), journal);
    expect(calls).toBe(0);
    const error = { code: 'effect.outcome_unknown', message: expect.stringContaining('that happened 20 times') };
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ try: 20, error }]);
  });

  it('ends its node again if the journal says that its outcome is not known, and ends there', async () => {
    const asIf: NodeProgram = async (scope) => {
      await probe(scope, deaf);
      return { outcome: 'success', output: 'as if it had worked' };
    };
    const prepared = prepareWith(workflow, { work: asIf });
    const unknown = await resume(prepared, await cutAfter(prepared, 'effect.started'));
    const journal = new MemoryJournal();
    const cut = unknown.events.findIndex((event) => event.type === 'effect.completed') + 1;
    await journal.append('run-1', 0, unknown.events.slice(0, cut));
    expect((await resume(prepared, journal)).result).toEqual(unknown.result);
  });

  it('that was refused is not asked for again', async () => {
    const denying: GateStep = {
      name: 'policy',
      admit: () => ({ step: 'policy', decision: 'deny', fault: { code: 'effect.refused', message: 'No.' } }),
    };
    const prepared = prepareWith(workflow, { work: probeProgram(() => 'performed') });
    const { events: whole } = await runToEnd(prepared, {}, createGate([denying]));
    const journal = new MemoryJournal();
    await journal.append('run-1', 0, whole.slice(0, whole.findIndex(({ type }) => type === 'effect.refused') + 1));
    let asked = 0;
    const { result } = await resume(prepared, journal, [
      {
        name: 'policy',
        admit() {
          asked += 1;
          return { step: 'policy', decision: 'allow' };
        },
      },
    ]);
    expect(result).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('No.') });
    expect(asked).toBe(0);
  });

  it('continues in the middle of a node: what came before is taken from the journal', async () => {
    const calls: string[] = [];
    const three = (fatal: boolean): NodeProgram => {
      return async (scope) => {
        const outputs: Json[] = [];
        for (const name of ['a', 'b', 'c']) {
          const result = await probe(scope, () => (fatal && name === 'b' ? deaf() : name.repeat(calls.push(name))), {
            idempotent: true,
            input: name,
          });
          if (result.outcome === 'failure') return result;
          outputs.push(result.output);
        }
        return { outcome: 'success', output: outputs };
      };
    };
    const journal = await cutAfter(prepareWith(workflow, { work: three(true) }), 'effect.completed');
    const { result } = await resume(prepareWith(workflow, { work: three(false) }), journal);
    expect(result.output).toEqual(['a', 'bb', 'ccc']);
    expect(calls).toEqual(['a', 'b', 'c']);
  });

  it('ENG-X7 gives the same state wherever the journal ends: an output that is the input is no news either way', async () => {
    const node = workflow.graph.byId.get('work');
    if (!node) throw new Error('no node');
    const prepared = prepareWith(workflow, { work: customProgram(node, { name: './work.ts#same', handler: (input) => input }) });
    const whole = await runToEnd(prepared, { text: 'as given' });
    const { events } = await resume(prepared, await cutAfter(prepared, 'effect.completed', { text: 'as given' }));
    expect(finalState(prepared, events)).toEqual(finalState(prepared, whole.events));
  });

  it('S10 stops the run with journal.diverged, and writes nothing, if the result in the journal is for another input', async () => {
    const asking = (input: Json) => prepareWith(workflow, { work: (scope) => probe(scope, () => 1, { input }) });
    const journal = await cutAfter(asking('one'), 'effect.completed');
    const before = await journal.read('run-1');
    const handle = await driverOn(journal).resume(asking('another'), 'run-1');
    await expect(handle.ended).rejects.toMatchObject({ code: 'journal.diverged' });
    expect(await journal.read('run-1')).toEqual(before);
  });
});

describe('resuming', () => {
  it('refuses a run that does not exist, and one of another workflow', async () => {
    const prepared = prepareWith(workflow, {});
    const { handle, journal } = begin(prepared);
    await handle.ended;
    const driver = driverOn(journal);
    await expect(driver.resume(prepared, 'another')).rejects.toMatchObject({ code: 'run.not_found' });
    const other = prepareWith(compileSample({ workflow: chain([{ id: 'other' }]) }), {});
    await expect(driver.resume(other, 'run-1')).rejects.toMatchObject({ code: 'workflow.changed' });
  });

  it('refuses a journal whose events do not fit', async () => {
    const prepared = prepareWith(workflow, {});
    const { handle, journal } = begin(prepared);
    await handle.ended;
    const [first] = await journal.read('run-1');
    if (!first) throw new Error('no event');
    const broken = new MemoryJournal();
    await broken.append('run-1', 0, [first, { type: 'node.started', payload: { task: 'root/nobody.1', node: 'work' }, at: 0 }]);
    await expect(driverOn(broken).resume(prepared, 'run-1')).rejects.toMatchObject({ code: 'journal.corrupt' });
  });

  it('by two processes at once: one of them goes on, the other one stops', async () => {
    const journal = await cutAfter(prepareWith(workflow, { work: probeProgram(deaf, { idempotent: true }) }), 'effect.started');
    const prepared = prepareWith(workflow, { work: probeProgram(() => turns(2).then(() => 'done'), { idempotent: true }) });
    const handles = [await driverOn(journal).resume(prepared, 'run-1'), await driverOn(journal).resume(prepared, 'run-1')];
    const ends = await Promise.allSettled(handles.map((handle) => handle.ended));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'journal.stale_seq' } });
    expectSound(prepared, await journal.read('run-1'));
  });
});

describe('starting', () => {
  it('refuses an unknown start, one that is no start, and an input that is not JSON', () => {
    const driver = driverOn(new MemoryJournal());
    const prepared = prepareWith(workflow, {});
    expect(() => driver.start(prepared, { ...start, start: 'nowhere' })).toThrow(/expected one of its starts: begin/);
    expect(() => driver.start(prepared, { ...start, start: 'work' })).toThrow(/work is a linear/);
    expect(() => driver.start(prepared, { ...start, input: 'a\u0000b' })).toThrow(/NUL/);
  });
});

describe('outcomes', () => {
  it('S8 null is an output like any other: the journal verifies', async () => {
    const { events } = await runToEnd(prepareWith(workflow, { work: probeProgram(() => null) }), { text: 'x' });
    expect(payloadsOf(events, 'node.completed')).toMatchObject([{}, { output: null }, {}]);
    expect(verify(workflow.graph, events)).toMatchObject({ ok: true });
  });

  const writing = (content: Uint8Array): NodeProgram => {
    return (scope) =>
      scope.effect({
        kind: 'tool',
        target: 'write_file',
        input: null,
        idempotent: false,
        async perform(permit) {
          Permit.redeem(permit, 'tool', 'write_file');
          return { outcome: 'success', output: 'written', files: [{ path: 'a.md', content, media_type: 'text/markdown' }] };
        },
      });
  };

  it('ENG-A files that an effect wrote are stored before its outcome is recorded, and indexed beside it', async () => {
    const artifacts = new MemoryArtifacts();
    const journal = new MemoryJournal();
    const prepared = prepareWith(workflow, { work: writing(Buffer.from('# A')) });
    await driverOn(journal, { artifacts }).start(prepared, start).ended;
    const events = await journal.read('run-1');
    const [stored] = payloadsOf(events, 'artifact.stored');
    expect(stored).toMatchObject({ node: 'work', name: 'a.md', size: 3, media_type: 'text/markdown' });
    expect(Buffer.from((await artifacts.get(stored?.hash ?? '')) ?? []).toString()).toBe('# A');
    expect(events.map(({ type }) => type).indexOf('artifact.stored')).toBe(events.map(({ type }) => type).indexOf('effect.completed') + 1);
  });

  it('S10 an effect whose files cannot be stored has its outcome recorded all the same', async () => {
    const artifacts = new MemoryArtifacts();
    artifacts.put = () => Promise.reject(new EspalierError('storage.failed', 'The disk is full.'));
    const journal = new MemoryJournal();
    const prepared = prepareWith(workflow, { work: writing(Buffer.from('# A')) });
    await driverOn(journal, { artifacts }).start(prepared, start).ended;
    const events = await journal.read('run-1');
    expectSound(prepared, events);
    expect(payloadsOf(events, 'effect.completed')).toHaveLength(1);
  });
});
