/* For tests: journals of two runs of one random workflow, in which some nodes come to something else. */
import type { JournalEvent, JsonObject } from '@espalier/core';
import { hashText, seeded } from '@espalier/core/testing';
import fc from 'fast-check';
import { MemoryJournal } from '../../journal/memory-journal.ts';
import { foldJournal } from '../../run/fold-journal.ts';
import type { PreparedWorkflow } from '../../run/prepare.ts';
import { resultOf } from '../../run/run-result.ts';
import { noPerformances, randomRun } from '../../run/testing/random-run.ts';
import { driverOn, engineVersion, turns } from '../../run/testing/test-driver.ts';
import type { ComparedRun } from '../compare-runs.ts';
import type { RecordedRun } from '../state-point.ts';

export interface Draw {
  seed: number;
  size: number;
  /** Of a hundred nodes, how many come to something else in the other run. */
  changed: number;
  /** After how many turns the other run is cancelled; none: never. */
  cancelAt: number | undefined;
}

export const draws: fc.Arbitrary<Draw> = fc.record({
  seed: fc.nat(),
  size: fc.integer({ min: 3, max: 30 }),
  changed: fc.constantFrom(0, 5, 20),
  cancelAt: fc.option(fc.nat({ max: 12 }), { nil: undefined, freq: 3 }),
});

/** Both runs, as they are on record. */
export async function twoRuns({ seed, size, changed, cancelAt }: Draw): Promise<(RecordedRun & ComparedRun)[]> {
  const prepared = randomRun(seed, { size, concurrency: 3 }, noPerformances());
  const other = withOtherResults(prepared, seed, changed);
  return [await recorded(prepared, 'run-left', undefined), await recorded(other, 'run-right', cancelAt)];
}

function withOtherResults(prepared: PreparedWorkflow, seed: number, changed: number): PreparedWorkflow {
  const nodes = prepared.nodes.map((node, index) => {
    const at = prepared.workflow.graph.nodes[index];
    const dice = seeded(seed ^ hashText(`other ${at?.id}`));
    if (!at || dice.below(100) >= changed) return node;
    const output: JsonObject = { items: [7], selected_edge: `l${dice.below(Math.max(1, at.out.length))}` };
    const error = { code: 'node.handler_failed', message: 'another' } as const;
    const result = dice.below(4) === 0 ? ({ outcome: 'failure', error } as const) : ({ outcome: 'success', output } as const);
    return { ...node, work: { now: () => result } };
  });
  return { ...prepared, nodes };
}

async function recorded(prepared: PreparedWorkflow, run: string, cancelAt: number | undefined): Promise<RecordedRun & ComparedRun> {
  const { workflow } = prepared;
  const journal = new MemoryJournal();
  const handle = driverOn(journal).start(prepared, { run, input: { items: [1, 2] }, engineVersion });
  if (cancelAt !== undefined) await turns(cancelAt).then(() => handle.cancel('enough').catch(() => {}));
  await handle.ended;
  const history: JournalEvent[] = await journal.read(run);
  return { run, workflow, history, result: resultOf(run, foldJournal(workflow, run, history)) };
}
