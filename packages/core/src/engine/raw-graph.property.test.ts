import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGraph } from '../graph/compile-graph.ts';
import { splitsOverData } from '../graph/dominators.ts';
import type { Graph } from '../graph/graph.ts';
import type { JournalEvent } from '../wire/events.ts';
import { apply } from './apply.ts';
import { snapshot } from './snapshot.ts';
import { createState } from './state.ts';
import { seeded } from './testing/random-graph.ts';
import { rawGraph } from './testing/raw-graph.ts';
import { recountGroups } from './testing/recount.ts';
import { seededWorld } from './testing/seeded-world.ts';
import { fold, type Simulation, simulate } from './testing/simulate.ts';
import { verify } from './verify.ts';

/** A graph that was not built to be sound, if it is. About half are refused. */
function acceptedGraph(seed: number, size: number): Graph | undefined {
  const { nodes, edges } = rawGraph(seeded(seed), size);
  const result = compileGraph(nodes, edges);
  return result.ok ? result.graph : undefined;
}

/** Checks a run from every start of every accepted graph. */
function forEveryRun(numRuns: number, check: (graph: Graph, run: Simulation) => void): void {
  const shape = [fc.nat(), fc.integer({ min: 4, max: 16 }), fc.nat(6)] as const;
  const property = fc.property(...shape, (seed, size, failures) => {
    const graph = acceptedGraph(seed, size);
    for (const start of graph?.starts ?? []) {
      if (graph) check(graph, simulate(graph, seededWorld(seed, failures), { start: start.id }));
    }
  });
  fc.assert(property, { numRuns });
}

describe('raw graphs', () => {
  it('are neither all refused nor all accepted', () => {
    const accepted = Array.from({ length: 500 }, (_, seed) => acceptedGraph(seed, 10)).filter((graph) => graph !== undefined);
    expect(accepted.length).toBeGreaterThan(100);
    expect(accepted.length).toBeLessThan(400);
    const closing = accepted.filter((graph) => graph.starts.some((start) => graph.closersFrom(start).closerOf.size > 1));
    expect(closing.length).toBeGreaterThan(5);
  });

  it('ENG-X every run of an accepted graph ends, with no node twice for one task and no merge twice', () => {
    forEveryRun(10_000, (_graph, { state, journal, performed }) => {
      expect([state.status, state.live]).toEqual(['completed', 0]);
      expect(new Set(performed).size).toBe(performed.length);
      const fired = journal.flatMap((event) => (event.type === 'merge.fired' ? [`${event.payload.task}@${event.payload.node}`] : []));
      expect(new Set(fired).size).toBe(fired.length);
      for (const task of state.tasks.values()) expect(task.phase).toBe('ended');
    });
  });

  it('S8 the fold of the journal is the live state, and ENG-X6 verify accepts it', () => {
    forEveryRun(3000, (graph, { state, journal }) => {
      expect(snapshot(fold(graph, journal))).toEqual(snapshot(state));
      expect(verify(graph, journal)).toEqual({ ok: true, events: journal.length, ended: true });
    });
  });

  it('S18 what each group keeps is what counting every task by hand gives, after every event', () => {
    forEveryRun(4000, (graph, { journal }) => {
      const state = createState(graph);
      for (const event of journal) {
        apply(state, event);
        expect(recountGroups(state)).toEqual([]);
      }
    });
  });

  it('S18 no two tasks of one branch or split pass the same merge one by one, unless it was told to close none', () => {
    forEveryRun(4000, (graph, { journal }) => expect(passedTwice(graph, journal)).toEqual([]));
  });
});

/** Merges that two tasks of one group passed without being merged there. Items of a list are meant to go their own ways. */
function passedTwice(graph: Graph, journal: readonly JournalEvent[]): string[] {
  const state = createState(graph);
  const passed = new Set<string>();
  const twice: string[] = [];
  for (const event of journal) {
    apply(state, event);
    if (event.type !== 'node.started') continue;
    const task = state.tasks.get(event.payload.task);
    if (!task?.bornIn || task.at.role !== 'merge' || task.merging) continue;
    if (task.at.manifest.merge?.closes === 'none' || splitsOverData(task.bornIn.opener)) continue;
    const place = `${task.bornIn.parent.id}/${task.bornIn.opener.id}@${task.at.id}`;
    if (passed.has(place)) twice.push(place);
    passed.add(place);
  }
  return twice;
}
