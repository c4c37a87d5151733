import { type Edit, forkFault, type Json } from '@espalier/core';
import { isOrderFree } from '@espalier/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forkStep } from '../gate/fork-step.ts';
import { createGate } from '../gate/gate.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { foldHistory, foldJournal } from '../run/fold-journal.ts';
import { readFork } from '../run/fork.ts';
import { readHistory } from '../run/history.ts';
import type { PreparedWorkflow } from '../run/prepare.ts';
import { resultOf } from '../run/run-result.ts';
import { noPerformances, randomRun } from '../run/testing/random-run.ts';
import { driverOn, engineVersion } from '../run/testing/test-driver.ts';
import { type ComparedRun, compareRuns } from './compare-runs.ts';
import { seqOf } from './event-reference.ts';
import { diffStates } from './state-difference.ts';
import { type RecordedRun, stateAt } from './state-point.ts';

const gate = createGate([forkStep]);
const input: Json = { items: [1, 2] };

type Recorded = RecordedRun & ComparedRun;

async function recorded({ workflow }: PreparedWorkflow, journal: MemoryJournal, run: string): Promise<Recorded> {
  const history = await readHistory((id) => journal.read(id), run);
  return { run, workflow, history, result: resultOf(run, foldJournal(workflow, run, history)) };
}

async function parentAndFork(prepared: PreparedWorkflow, choose: (places: number[], parent: Recorded) => { seq: number; edits: Edit[] }) {
  const journal = new MemoryJournal();
  await driverOn(journal, { gate }).start(prepared, { run: 'parent', input, engineVersion }).ended;
  const parent = await recorded(prepared, journal, 'parent');
  const places = parent.history.map((_, index) => index + 1);
  const forkable = places.filter((seq) => {
    return forkFault(foldHistory(prepared.workflow, 'parent', parent.history.slice(0, seq)), []) === undefined;
  });
  const { seq, edits } = choose(forkable, parent);
  const fork = await readFork((id) => journal.read(id), { run: 'parent', seq, edits, live: true });
  await driverOn(journal, { gate }).start(prepared, { run: 'fork', input, engineVersion, fork }).ended;
  return { parent, fork: await recorded(prepared, journal, 'fork'), seq };
}

const draws = fc.record({ seed: fc.nat(), size: fc.integer({ min: 3, max: 20 }), share: fc.double({ min: 0, max: 1, noNaN: true }) });

describe('ENG-T2 S3 a fork beside its parent', () => {
  it('without edits took the same route, and performed nothing that the parent has on record', async () => {
    let reused = 0;
    await fc.assert(
      fc.asyncProperty(draws, async ({ seed, size, share }) => {
        const prepared = randomRun(seed, { size, concurrency: 3 }, noPerformances());
        fc.pre(isOrderFree(prepared.workflow.graph));
        const { parent, fork, seq } = await parentAndFork(prepared, (places) => {
          return { seq: places[Math.floor(share * (places.length - 1))] ?? 1, edits: [] };
        });
        const comparison = compareRuns(parent, fork);
        expect(comparison).toMatchObject({ same_workflow: true, input: [], output: [], route: { divergence: null, parting: null } });
        expect(comparison.right.forked_from).toEqual({ run: 'parent', seq, edits: [], live: true });
        for (const { left, right } of comparison.calls) {
          expect(right.performed).toBe(0);
          expect(right.inherited + right.reused + right.refused).toBe(left.performed + left.refused);
          reused += right.reused;
        }
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(reused).toBeGreaterThan(20);
  });

  it('with another output is different first where that output is', async () => {
    const prepared = randomRun(7, { size: 12, concurrency: 1 }, noPerformances());
    const value = { items: [], edited: true };
    const { parent, fork, seq } = await parentAndFork(prepared, (places, { history }) => {
      const completion = history.find(
        ({ type, payload, seq: at }) =>
          type === 'node.completed' && payload.task === 'root' && payload.output !== undefined && places.includes(at),
      );
      return { seq: completion?.seq ?? 0, edits: [{ edit: 'output', task: 'root', value }] };
    });
    const { divergence } = compareRuns(parent, fork).route;
    expect(divergence).toMatchObject({
      task: 'root',
      reason: 'output',
      position: seq,
      left: { edited: false },
      right: { output: value, inherited: true, edited: true },
    });
    expect(divergence?.changes).toContainEqual({ op: 'add', path: '/edited', after: true });
  });

  it('counts its events by itself: its first is its start, with the state that it begins from (ENG-T1)', async () => {
    const prepared = randomRun(7, { size: 12, concurrency: 1 }, noPerformances());
    const { parent, fork, seq } = await parentAndFork(prepared, (places) => ({ seq: places.at(-1) ?? 1, edits: [] }));
    const first = stateAt(fork, 1);
    expect(first).toMatchObject({ run: 'fork', seq: 1, event: { type: 'run.started' } });
    const difference = diffStates(stateAt(parent, seq), first);
    expect(difference.tasks.flatMap(({ changes }) => changes).filter(({ path }) => path.startsWith('/value'))).toEqual([]);
    expect(seqOf(fork, '-1')).toBe(fork.history.length - seq);
    expect(() => seqOf(fork, 'node:start')).toThrow('it was performed before the run was forked from parent');
  });
});
