import type { StateSnapshot } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffStates, type StateDifference } from './state-difference.ts';
import { type RecordedRun, type StatePoint, stateAt } from './state-point.ts';
import { applyChanges } from './testing/apply-changes.ts';
import { draws, twoRuns } from './testing/random-journals.ts';

/** Evenly: doubles are drawn near 0 and 1 more often than not, where runs have hardly begun or are over. */
const share = fc.noBias(fc.nat({ max: 1000 })).map((thousandths) => thousandths / 1000);
const places = fc.tuple(draws, share, share);

function pointIn(recorded: RecordedRun, share: number): StatePoint {
  return stateAt(recorded, 1 + Math.floor(share * (recorded.history.length - 1)));
}

/** The state that comes of the changes, without what numbers events. */
function applied({ state: { seq: _, tasks, ...run } }: StatePoint, difference: StateDifference) {
  const after = new Map<string, unknown>(Object.entries(tasks));
  for (const { task, changes } of difference.tasks) {
    const value = applyChanges(tasks[task], changes);
    if (value === undefined) after.delete(task);
    else after.set(task, value);
  }
  return { ...(applyChanges(run, difference.run) as object), tasks: Object.fromEntries(after) };
}

function withoutSeq({ seq: _, ...state }: StateSnapshot) {
  return state;
}

describe('ENG-T1 the difference of two states', () => {
  it('of one run, applied to the one, gives the other; there is none from a state to itself', async () => {
    let different = 0;
    await fc.assert(
      fc.asyncProperty(places, async ([draw, one, two]) => {
        for (const recorded of await twoRuns(draw)) {
          const [before, after] = [pointIn(recorded, one), pointIn(recorded, two)];
          const difference = diffStates(before, after);
          expect(applied(before, difference)).toEqual(withoutSeq(after.state));
          expect(diffStates(before, before)).toMatchObject({ run: [], tasks: [] });
          different += difference.tasks.length;
        }
      }),
      { numRuns: 150 },
    );
    expect(different).toBeGreaterThan(100);
  });

  it('of two runs says nothing of ids and numbers, and all of the rest', async () => {
    await fc.assert(
      fc.asyncProperty(places, async ([draw, one, two]) => {
        const [left, right] = await twoRuns(draw);
        if (!left || !right) throw new Error('two runs');
        const [before, after] = [pointIn(left, one), pointIn(right, two)];
        const difference = diffStates(before, after);
        const plain = (value: unknown, run: string) =>
          JSON.parse(
            JSON.stringify(value)
              .replaceAll(`"${run}/`, '"')
              .replaceAll(/"seq":\d+/g, '"seq":0'),
          );
        const bare = { ...before, state: plain(before.state, left.run) };
        expect(applied(bare, difference)).toEqual(withoutSeq(plain(after.state, right.run)));
        expect(JSON.stringify([difference.run, difference.tasks])).not.toMatch(/run-(left|right)/);
      }),
      { numRuns: 100 },
    );
  });
});
