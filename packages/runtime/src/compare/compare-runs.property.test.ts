import { canonicalJson, type JournalEvent } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Divergence } from './compare-routes.ts';
import { compareRuns, type RunComparison } from './compare-runs.ts';
import { draws, twoRuns } from './testing/random-journals.ts';
import type { ValueChange } from './value-changes.ts';

/** Every result in a journal under its task and its order there, as the text that decides whether two are the same. */
function resultsIn(events: readonly JournalEvent[]) {
  const counts = new Map<string, number>();
  return events.flatMap(({ type, payload, seq }) => {
    if (type !== 'node.completed') return [];
    const { task, next: _, ...result } = payload;
    const index = counts.get(task) ?? 0;
    counts.set(task, index + 1);
    return [{ seq, place: `${task} ${index}`, result: canonicalJson(result) }];
  });
}

/** The other way round; lists whose order depends on the side are put in one. */
function swapped({ left, right, input, output, route, nodes, calls, ...rest }: RunComparison) {
  const sides = <T extends { left: unknown; right: unknown }>(both: T) => ({ ...both, left: both.right, right: both.left });
  const other = (divergence: Divergence | null) => divergence && { ...sides(divergence), changes: reversed(divergence.changes) };
  const tasks = route.tasks.map((task) => ({ ...sides(task), divergence: other(task.divergence), parting: other(task.parting) }));
  return ordered({
    ...rest,
    left: right,
    right: left,
    input: reversed(input),
    output: reversed(output),
    route: { divergence: other(route.divergence), parting: other(route.parting), tasks },
    nodes: nodes.map(sides),
    calls: calls.map(sides),
  });
}

function reversed(changes: readonly ValueChange[]): ValueChange[] {
  return changes.map((change) => {
    if (change.op === 'add') return { op: 'remove', path: change.path, before: change.after };
    if (change.op === 'remove') return { op: 'add', path: change.path, after: change.before };
    return { ...change, before: change.after, after: change.before };
  });
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered).toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, ordered(member)]));
}

describe('ENG-T2 two runs side by side', () => {
  it('are the same from both sides', async () => {
    await fc.assert(
      fc.asyncProperty(draws, async (draw) => {
        const [left, right] = await twoRuns(draw);
        if (!left || !right) throw new Error('two runs');
        const plain = (comparison: RunComparison): RunComparison => JSON.parse(JSON.stringify(comparison));
        expect(swapped(plain(compareRuns(left, right)))).toEqual(ordered(plain(compareRuns(right, left))));
        expect(compareRuns(left, left)).toMatchObject({ output: [], input: [], route: { divergence: null, parting: null } });
      }),
      { numRuns: 150 },
    );
  });

  it('diverge first where a result is the first that the other does not have', async () => {
    const reasons = new Set<string>();
    await fc.assert(
      fc.asyncProperty(draws, async (draw) => {
        const [left, right] = await twoRuns(draw);
        if (!left || !right) throw new Error('two runs');
        const { divergence } = compareRuns(left, right).route;
        const [ours, theirs] = [resultsIn(left.history), resultsIn(right.history)];
        const sameIn = (others: typeof ours, { place, result }: (typeof ours)[number]) =>
          others.some((other) => other.place === place && other.result === result);
        const lonely = [...ours.filter((one) => !sameIn(theirs, one)), ...theirs.filter((one) => !sameIn(ours, one))];
        if (divergence) reasons.add(divergence.reason);
        else expect(lonely).toEqual([]);
        for (const { seq } of lonely) expect(seq).toBeGreaterThanOrEqual(divergence?.position ?? 0);
        const firstSteps = [divergence?.left, divergence?.right].filter((step) => step && step.outcome !== 'cancelled');
        if (firstSteps.length === 2) expect(lonely.some(({ seq }) => seq === divergence?.position)).toBe(true);
      }),
      { numRuns: 150, seed: 1 },
    );
    expect([...reasons].toSorted()).toEqual(expect.arrayContaining(['outcome', 'output']));
  });
});
