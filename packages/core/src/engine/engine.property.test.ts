import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGraph } from '../graph/compile-graph.ts';
import type { Graph } from '../graph/graph.ts';
import { type EngineEvent, eventSchemas, type JournalEvent } from '../wire/events.ts';
import { completed, type NodeResult } from './complete.ts';
import { decide } from './decide.ts';
import { snapshot } from './snapshot.ts';
import type { RunState, Task } from './state.ts';
import { hashText, isOrderFree, randomWorkflow, seeded } from './testing/random-graph.ts';
import { fold, record, simulate, type World } from './testing/simulate.ts';
import { verify } from './verify.ts';

/** Results depend on the task and the node alone, so that they are the same in whatever order nodes end. */
function resultOf(seed: number, task: Task, failures: number): NodeResult {
  const own = seeded(seed ^ hashText(`${task.id}@${task.at.id}`));
  const dice = own.below(20);
  if (dice < failures) return { outcome: 'failure', error: { code: 'node.handler_failed', message: 'as drawn' } };
  const output = { items: Array.from({ length: own.below(4) }, (_, index) => index), from: `${task.id}@${task.at.id}` };
  if (task.at.role === 'decision') return { outcome: 'success', output: { ...output, selected_edge: `l${own.below(task.at.out.length)}` } };
  return { outcome: dice === 19 ? 'partial' : 'success', output };
}

function world(seed: number, options: { failures?: number; concurrency?: number; order?: number } = {}): World {
  const order = seeded(options.order ?? seed);
  const { failures = 3, concurrency = 4 } = options;
  return { result: (task) => resultOf(seed, task, failures), pick: (underWay) => order.below(Math.max(1, underWay)), concurrency };
}

function graphOf(seed: number, size: number): Graph {
  const { nodes, edges } = randomWorkflow(seeded(seed), size);
  const compiled = compileGraph(nodes, edges);
  if (!compiled.ok) throw new Error(`the generator made an invalid graph: ${JSON.stringify(compiled.problems)}`);
  return compiled.graph;
}

const seeds = fc.record({ seed: fc.nat(), size: fc.integer({ min: 3, max: 40 }) });
const thousands = { numRuns: 3000 };

describe('engine properties', () => {
  it('ENG-X every run ends, and no node runs twice for one task', () => {
    fc.assert(
      fc.property(seeds, ({ seed, size }) => {
        const { state, performed } = simulate(graphOf(seed, size), world(seed));
        expect(state.status).toBe('completed');
        expect(state.live).toBe(0);
        expect(new Set(performed).size).toBe(performed.length);
      }),
      thousands,
    );
  });

  it.each([[1411695454, 8]])('S18 a merge that fired without a task is not fed by it any more (seed %i)', (seed, size) => {
    expect(simulate(graphOf(seed, size), world(seed)).state.status).toBe('completed');
  });

  it('S8 the fold of the journal is the live state, at every event', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 1, noNaN: true }), ({ seed, size }, cut) => {
        const graph = graphOf(seed, size);
        const { state, journal } = simulate(graph, world(seed));
        expect(snapshot(fold(graph, journal))).toEqual(snapshot(state));
        // A fold up to anywhere, even into the middle of a commit, can be carried to an end of its own.
        const prefix = journal.slice(0, 1 + Math.floor(cut * (journal.length - 1)));
        const resumed = { state: fold(graph, prefix), journal: [...prefix] };
        carryOn(resumed, seed);
        expect(resumed.state.status).toBe('completed');
      }),
      { numRuns: 1500 },
    );
  });

  it('ENG-X6 verify accepts every journal the engine made, and every event satisfies its schema', () => {
    fc.assert(
      fc.property(seeds, ({ seed, size }) => {
        const graph = graphOf(seed, size);
        const { journal } = simulate(graph, world(seed));
        expect(verify(graph, journal)).toEqual({ ok: true, events: journal.length, ended: true });
        for (const event of journal) expect(eventSchemas[event.type].safeParse(event.payload).success).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('ENG-X6 verify finds a consequence that was left out or changed, and any event that was doubled', () => {
    fc.assert(
      fc.property(seeds, fc.nat(), fc.constantFrom('drop', 'double', 'outcome'), ({ seed, size }, at, how) => {
        const graph = graphOf(seed, size);
        const { journal } = simulate(graph, world(seed));
        const broken = tamper(journal, at, how);
        fc.pre(broken !== undefined);
        const renumbered = (broken ?? []).map((entry, place) => ({ ...entry, seq: place + 1 }));
        const verdict = verify(graph, renumbered);
        // A journal without its last events is a prefix: sound, but not ended.
        expect(verdict.ok && verdict.ended).toBe(false);
      }),
      { numRuns: 1500 },
    );
  });

  it('S16 equal results in equal order give an equal journal', () => {
    fc.assert(
      fc.property(seeds, ({ seed, size }) => {
        const graph = graphOf(seed, size);
        expect(simulate(graph, world(seed)).journal).toEqual(simulate(graph, world(seed)).journal);
      }),
      { numRuns: 1000 },
    );
  });

  it('S16 without first, any, quorum and unmerged branches the outcome does not depend on the order of arrival', () => {
    fc.assert(
      fc.property(seeds, fc.nat(), fc.integer({ min: 1, max: 8 }), ({ seed, size }, order, concurrency) => {
        const graph = graphOf(seed, size);
        fc.pre(isOrderFree(graph));
        const one = simulate(graph, world(seed, { concurrency: 1 }));
        const other = simulate(graph, world(seed, { concurrency, order }));
        expect(resultsOf(other.state)).toEqual(resultsOf(one.state));
        expect([...other.performed].sort()).toEqual([...one.performed].sort());
      }),
      { numRuns: 2000 },
    );
  });

  it('ENG-X4 a run without failing nodes and failing exits succeeds', () => {
    fc.assert(
      fc.property(seeds, ({ seed, size }) => {
        const graph = graphOf(seed, size);
        // A quorum may be missed because arms left through exits, and an empty split has no exit to reach.
        fc.pre(!graph.nodes.some(({ manifest }) => manifest.always_fail || manifest.merge?.strategy === 'quorum' || manifest.split));
        const calm: World = { ...world(seed), result: (task) => whole(resultOf(seed, task, 0)) };
        const { state } = simulate(graph, calm);
        expect([state.outcome, state.started?.root.exit !== undefined]).toEqual(['success', true]);
      }),
      { numRuns: 1500 },
    );
  });

  it('S18 a merge fires at most once for one task, and whoever arrived is merged or cancelled', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 15 }), ({ seed, size }, failures) => {
        const { state, journal } = simulate(graphOf(seed, size), world(seed, { failures }));
        const fired = journal.flatMap((event) => (event.type === 'merge.fired' ? [`${event.payload.task}@${event.payload.node}`] : []));
        expect(new Set(fired).size).toBe(fired.length);
        for (const task of state.tasks.values()) expect(task.phase).toBe('ended');
      }),
      thousands,
    );
  });
});

/** The journal with one event dropped, doubled or given another outcome; undefined if that cannot be done at this place. */
function tamper(journal: readonly JournalEvent[], at: number, how: 'drop' | 'double' | 'outcome'): JournalEvent[] | undefined {
  const index = journal.findLastIndex((event, place) => place <= at % journal.length && event.type !== 'node.started');
  const event = journal[index];
  if (!event || event.type === 'run.started') return undefined;
  // Leaving out the result of a task that was cancelled later is a journal that could have been.
  if (how === 'drop') return event.type === 'node.completed' ? undefined : journal.toSpliced(index, 1);
  if (how === 'double') return journal.toSpliced(index, 0, event);
  if (!('outcome' in event.payload) || event.type === 'node.completed') return undefined;
  const outcome = event.payload.outcome === 'partial' ? 'success' : 'partial';
  return journal.with(index, { ...event, payload: { ...event.payload, outcome } } as JournalEvent);
}

function whole(result: NodeResult): NodeResult {
  return result.outcome === 'failure' ? result : { ...result, outcome: 'success' };
}

function resultsOf(state: RunState): unknown {
  const tasks = [...state.tasks.values()].map((task) => [task.id, task.end, task.outcome, task.exit?.id, task.value]);
  return { status: state.status, outcome: state.outcome, tasks: tasks.sort(([a], [b]) => String(a).localeCompare(String(b))) };
}

/** Ends a folded run: what was due is recorded, what was running is performed again. */
function carryOn(run: Parameters<typeof record>[0], seed: number): void {
  const { state, journal } = run;
  for (;;) {
    const decision = decide(state);
    if (decision.do === 'stop') return;
    if (decision.do === 'record') {
      record(run, decision.events[0] as EngineEvent);
      continue;
    }
    const task = decision.do === 'perform' ? decision.task : [...state.running][0];
    if (!task) throw new Error(`the run hangs at seq ${journal.length}`);
    record(run, completed(task, resultOf(seed, task, 3)));
  }
}
