import { type Edit, forkFault, type JournalEvent, type Json, ordinalOf, verify } from '@espalier/core';
import { isOrderFree } from '@espalier/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forkStep } from '../gate/fork-step.ts';
import { createGate } from '../gate/gate.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { Journal } from '../ports/journal.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import { foldHistory } from './fold-journal.ts';
import { readFork } from './fork.ts';
import { readHistory } from './history.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { MortalJournal } from './testing/mortal-journal.ts';
import { requests, VisitedJournal } from './testing/outsider.ts';
import { probe } from './testing/probe-programs.ts';
import { noPerformances, randomRun } from './testing/random-run.ts';
import { chain, compileSample, prepareSample, prepareWith } from './testing/sample-workflow.ts';
import { driverOn, engineVersion, finalState, payloadsOf, turns } from './testing/test-driver.ts';

const gate = createGate([forkStep]);
const start = { run: 'run-1', input: { items: [1, 2] }, engineVersion };

interface ForkRequest {
  seq: number;
  run?: string;
  of?: string;
  edits?: Edit[];
  live?: boolean;
}

/** Forks a run and drives the fork to its end. @returns its result, its own journal, and all that led to its end. */
async function forkOf(prepared: PreparedWorkflow, journal: Journal, request: ForkRequest) {
  const { seq, run = 'fork-1', of = 'run-1', edits = [], live = false } = request;
  const read = (id: string) => journal.read(id);
  const fork = await readFork(read, { run: of, seq, edits, live });
  const [first] = fork.before;
  const input = first?.type === 'run.started' ? first.payload.input : null;
  const result = await driverOn(journal, { gate }).start(prepared, { run, input, engineVersion, fork }).ended;
  return { result, own: await journal.read(run), history: await readHistory(read, run) };
}

/** Places at which a run can be forked. */
function forkable({ workflow }: PreparedWorkflow, events: readonly JournalEvent[]): number[] {
  const places = events.map((_, index) => index + 1);
  return places.filter((seq) => forkFault(foldHistory(workflow, 'run-1', events.slice(0, seq)), []) === undefined);
}

describe('S3 a fork that is driven', () => {
  it('without edits ends as its parent did, wherever it branches off, and performs nothing again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 3, max: 14 }), async (seed, size) => {
        const performed = noPerformances();
        const prepared = randomRun(seed, { size, concurrency: 3 }, performed);
        fc.pre(isOrderFree(prepared.workflow.graph));
        const journal = new MemoryJournal();
        await driverOn(journal, { gate }).start(prepared, start).ended;
        const events = await journal.read('run-1');
        const before = new Map(performed.counts);
        for (const [index, seq] of forkable(prepared, events).entries()) {
          const { history } = await forkOf(prepared, journal, { seq, run: `fork-${index}` });
          expect(finalState(prepared, history)).toEqual(finalState(prepared, events));
        }
        expect(performed.counts).toEqual(before);
      }),
      // One in which subtasks that leave through exits end in another order.
      { numRuns: 30, examples: [[8409978, 9]] },
    );
  });

  it('of a fork, and of a fork of that, ends as the first run did', async () => {
    const prepared = randomRun(7, { size: 12, concurrency: 1 }, noPerformances());
    const journal = new MemoryJournal();
    await driverOn(journal, { gate }).start(prepared, start).ended;
    const events = await journal.read('run-1');
    await forkOf(prepared, journal, { seq: 3, run: 'fork-a' });
    await forkOf(prepared, journal, { seq: 2, run: 'fork-b', of: 'fork-a' });
    const { own, history } = await forkOf(prepared, journal, { seq: 4, run: 'fork-c', of: 'fork-b' });
    expect(finalState(prepared, history)).toEqual(finalState(prepared, events));
    expect(own[0]).toMatchObject({ seq: 1, payload: { forked_from: { run: 'fork-b', seq: 4 } } });
  });

  it('whose process dies goes on in another from its own journal and what it refers to', async () => {
    const prepared = randomRun(11, { size: 12, concurrency: 1 }, noPerformances());
    const journal = new MemoryJournal();
    await driverOn(journal, { gate }).start(prepared, start).ended;
    const events = await journal.read('run-1');
    const read = (id: string) => journal.read(id);
    const fork = await readFork(read, { run: 'run-1', seq: 2, edits: [], live: false });
    const mortal = new MortalJournal(journal, { commits: 1, death: 'refused' });
    await driverOn(mortal, { gate })
      .start(prepared, { ...start, run: 'fork-1', fork })
      .ended.catch(() => {});
    await turns();
    await (await driverOn(journal, { gate }).resume(prepared, 'fork-1')).ended;
    expect(finalState(prepared, await readHistory(read, 'fork-1'))).toEqual(finalState(prepared, events));
  });
});

describe('S3 what if', () => {
  const modules = {
    'handlers/act.ts': `
      export const calls = globalThis.espalierForkCalls ??= [];
      export function draft(input) { calls.push('draft'); return { text: 'about ' + input.topic }; }
      export function send(input) { calls.push('send'); return { sent: input.text }; }
      export function count(input) { calls.push('count'); return { ...input, length: (input.text ?? '').length }; }`,
  };
  const nodes = [
    { id: 'draft', handler: './handlers/act.ts#draft' },
    { id: 'count', handler: './handlers/act.ts#count', risk: 'low' },
    { id: 'send', handler: './handlers/act.ts#send' },
  ];
  const calls = () => (globalThis as { espalierForkCalls?: string[] }).espalierForkCalls ?? [];

  async function parent() {
    const prepared = await prepareSample({ workflow: chain(nodes), modules });
    const journal = new MemoryJournal();
    await driverOn(journal, { gate }).start(prepared, { run: 'run-1', input: { topic: 'pears' }, engineVersion }).ended;
    const events = await journal.read('run-1');
    const after = (node: string) => events.find(({ type, payload }) => type === 'node.completed' && payload.node === node)?.seq ?? 0;
    calls().length = 0;
    return { prepared, journal, after };
  }

  it('takes over results of the same calls, performs again what is low in risk, and withholds the rest with the way out', async () => {
    const { prepared, journal, after } = await parent();
    const edits: Edit[] = [{ edit: 'output', task: 'root', value: { text: 'about espaliers' } }];
    const { result, own } = await forkOf(prepared, journal, { seq: after('draft'), edits });
    expect(calls()).toEqual(['count']);
    expect(result).toMatchObject({ outcome: 'failure', output: { text: 'about espaliers', length: 15 } });
    expect(payloadsOf(own, 'effect.refused')).toMatchObject([
      {
        target: './handlers/act.ts#send',
        verdicts: [{ step: 'fork', decision: 'deny', reason: 'its risk is high' }],
        error: { code: 'effect.withheld', message: expect.stringContaining('--live') },
      },
    ]);
  });

  it('performs everything that is not on record if it is live', async () => {
    const { prepared, journal, after } = await parent();
    const edits: Edit[] = [{ edit: 'output', task: 'root', value: { text: 'about espaliers' } }];
    const { result } = await forkOf(prepared, journal, { seq: after('draft'), edits, live: true });
    expect(calls()).toEqual(['count', 'send']);
    expect(result).toMatchObject({ outcome: 'success', output: { sent: 'about espaliers' } });
  });

  it('says of a result that was taken over where it is recorded, also in a fork of a fork', async () => {
    const { prepared, journal } = await parent();
    const first = await forkOf(prepared, journal, { seq: 1 });
    expect(calls()).toEqual([]);
    const second = await forkOf(prepared, journal, { seq: 1, run: 'fork-2', of: 'fork-1' });
    const places = (own: readonly JournalEvent[]) => payloadsOf(own, 'effect.completed').map((payload) => payload.reused_from);
    expect(places(first.own)).toHaveLength(3);
    expect(places(second.own)).toEqual(places(first.own));
    for (const place of places(second.own)) expect((await journal.read('run-1'))[(place?.seq ?? 0) - 1]?.type).toBe('effect.completed');
  });

  it('refuses what cannot be forked before anything is written', async () => {
    const { prepared, journal } = await parent();
    const seq = (await journal.read('run-1')).length;
    await expect(forkOf(prepared, journal, { seq })).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(forkOf(prepared, journal, { seq: seq + 1 })).rejects.toMatchObject({ code: 'journal.corrupt' });
    expect(await journal.read('fork-1')).toEqual([]);
  });
});

it('S13 records what it takes over although others append at the same time', async () => {
  const performed: Json[] = [];
  const program: NodeProgram = async (scope) => {
    const act = (input: Json) => probe(scope, () => performed.push(input), { input });
    await act(scope.input); // anew
    await act('the same'); // taken over
    return act([scope.input]); // anew
  };
  const prepared = prepareWith(compileSample({ workflow: chain([{ id: 'work' }]) }), { work: program });
  for (let visit = 0; visit < 6; visit += 1) {
    let first = Number.POSITIVE_INFINITY;
    const journal = new VisitedJournal((append) => (append === first + visit ? [requests.pause, requests.resume] : []));
    await driverOn(journal, { gate }).start(prepared, { run: 'run-1', input: 1, engineVersion }).ended;
    first = journal.appends;
    performed.length = 0;
    const edits: Edit[] = [{ edit: 'input', task: 'root', value: 2 }];
    const { own, history } = await forkOf(prepared, journal, { seq: 2, edits, live: true });
    expect(performed).toEqual([2, [2]]);
    expect(verify(prepared.workflow.graph, history)).toMatchObject({ ok: true, ended: true });
    const completed = payloadsOf(own, 'effect.completed');
    expect(completed.map(({ key }) => ordinalOf(key))).toEqual([0, 1, 2]);
    expect(completed[1]).toMatchObject({ reused_from: { run: 'run-1' } });
  }
});

it('ENG-I a paused run performs one node for each step', async () => {
  const prepared = await prepareSample({ workflow: chain([{ id: 'one' }, { id: 'two' }]) });
  const journal = new MemoryJournal();
  const driver = driverOn(journal);
  const handle = driver.start(prepared, { run: 'run-1', input: {}, engineVersion });
  const paused = handle.pause();
  const done = async () => payloadsOf(await journal.read('run-1'), 'node.completed').map(({ node }) => node);
  await paused.catch(() => {});
  if ((await done()).includes('done')) return; // it was over before it could be asked
  const before = (await done()).length;
  await handle.step();
  await turns();
  expect(await done()).toHaveLength(before + 1);
  await handle.resume();
  expect(await handle.ended).toMatchObject({ outcome: 'success' });
});
