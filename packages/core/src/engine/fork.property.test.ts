import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGraph } from '../graph/compile-graph.ts';
import type { Graph } from '../graph/graph.ts';
import type { Edit, EngineEvent, JournalEvent } from '../wire/events.ts';
import type { Json } from '../wire/json.ts';
import { apply } from './apply.ts';
import { forkFault } from './apply-fork.ts';
import { completed } from './complete.ts';
import { decide } from './decide.ts';
import { snapshot } from './snapshot.ts';
import type { RunState } from './state.ts';
import { play } from './testing/play.ts';
import { randomWorkflow, seeded, testNode } from './testing/random-graph.ts';
import { seededWorld } from './testing/seeded-world.ts';
import { fold, record, simulate } from './testing/simulate.ts';
import { verify } from './verify.ts';

function graphOf(seed: number, size: number): Graph {
  const { nodes, edges } = randomWorkflow(seeded(seed), size);
  const compiled = compileGraph(nodes, edges);
  if (!compiled.ok) throw new Error(`the generator made an invalid graph: ${JSON.stringify(compiled.problems)}`);
  return compiled.graph;
}

function forkStart(journal: readonly JournalEvent[], seq: number, edits: Edit[] = []): EngineEvent {
  const [first] = journal;
  if (first?.type !== 'run.started') throw new Error('a journal begins with its start');
  return { type: 'run.started', payload: { ...first.payload, forked_from: { run: 'parent', seq, edits, live: false } } };
}

/** Without what only says where in which journal something stands. */
function comparable(state: RunState): Json {
  const { seq: _, ...rest } = snapshot(state);
  return JSON.parse(JSON.stringify(rest, (key, value) => (key === 'seq' ? undefined : value)));
}

const cases = fc.record({ seed: fc.nat(), size: fc.integer({ min: 3, max: 40 }), cut: fc.double({ min: 0, max: 1, noNaN: true }) });

describe('S3 a fork', () => {
  it('without edits and with the same recorded results is its parent (ENG-T2)', () => {
    let forked = 0;
    fc.assert(
      fc.property(cases, ({ seed, size, cut }) => {
        const graph = graphOf(seed, size);
        const { state: parent, journal } = simulate(graph, seededWorld(seed, 3));
        const seq = 1 + Math.floor(cut * (journal.length - 1));
        const fork = fold(graph, journal.slice(0, seq));
        if (forkFault(fork, []) !== undefined) return;
        forked += 1;
        apply(fork, forkStart(journal, seq));
        for (const event of journal.slice(seq)) apply(fork, event);
        expect(comparable(fork)).toEqual(comparable(parent));
      }),
      { numRuns: 1500 },
    );
    expect(forked).toBeGreaterThan(500);
  });

  it('from anywhere goes on to an end of its own, with a history that verifies (ENG-X6)', () => {
    fc.assert(
      fc.property(cases, ({ seed, size, cut }) => {
        const graph = graphOf(seed, size);
        const { journal } = simulate(graph, seededWorld(seed, 3));
        const seq = 1 + Math.floor(cut * (journal.length - 1));
        const before = journal.slice(0, seq);
        const run = { state: fold(graph, before), journal: [...before] };
        if (forkFault(run.state, []) !== undefined) return;
        record(run, forkStart(journal, seq));
        const world = seededWorld(seed + 1, 3);
        for (let next = decide(run.state); next.do === 'perform'; next = decide(run.state)) {
          record(run, completed(next.task, world.result(next.task)));
        }
        expect(run.state.status).toBe('completed');
        expect(verify(graph, run.journal)).toEqual({ ok: true, events: run.state.seq, ended: true });
        expect(fold(graph, run.journal).seq).toBe(run.journal.length - seq);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('S3 what a fork changes', () => {
  const compiled = compileGraph(
    [
      testNode({ id: 'start', role: 'start' }),
      testNode({ id: 'choose', role: 'decision' }),
      testNode({ id: 'left', role: 'linear' }),
      testNode({ id: 'right', role: 'linear' }),
      testNode({ id: 'done', role: 'exit' }),
      testNode({ id: 'over', role: 'exit' }),
    ],
    [
      { from: 'start', to: 'choose' },
      { from: 'choose', to: 'left', label: 'l' },
      { from: 'choose', to: 'right', label: 'r' },
      { from: 'left', to: 'done' },
      { from: 'right', to: 'over' },
    ],
  );
  if (!compiled.ok) throw new Error('invalid');
  const { graph } = compiled;
  const parent = () => play(graph, { endings: { choose: { output: 'l' } } }).finish();
  const seqAfter = (journal: readonly JournalEvent[], node: string) =>
    journal.find((event) => event.type === 'node.completed' && event.payload.node === node)?.seq ?? 0;
  const forked = (journal: readonly JournalEvent[], seq: number, edits: Edit[]) => {
    const state = fold(graph, journal.slice(0, seq));
    apply(state, forkStart(journal, seq, edits));
    return state;
  };

  it('gives the next node another input, or puts another output in the place of the last', () => {
    const { journal } = parent();
    const seq = seqAfter(journal, 'left');
    const state = forked(journal, seq, [{ edit: 'output', task: 'root', value: 'changed' }]);
    expect(state.tasks.get('root')?.value).toBe('changed');
    expect(state.tasks.get('root')?.memory.at(-1)).toMatchObject({ node: 'left', output: 'changed' });
    const other = forked(journal, seq, [{ edit: 'input', task: 'root', value: 'other' }]);
    expect(other.tasks.get('root')?.value).toBe('other');
    expect(other.tasks.get('root')?.memory.at(-1)).toMatchObject({ node: 'left', output: 'left' });
  });

  it('takes a node that was under way as not begun, and forgets the effects it had', () => {
    const steered = play(graph);
    steered.end('root@start');
    const effect = { key: 'parent/root/choose/0', task: 'root', node: 'choose', try: 1 };
    steered.tell({ type: 'effect.started', payload: { ...effect, kind: 'model', target: 'm', input_hash: 'h', verdicts: [] } });
    const state = forked(steered.journal, steered.journal.length, []);
    expect(decide(state)).toMatchObject({ do: 'perform', task: { id: 'root', phase: 'ready', effects: [] } });
  });

  it('neither a pause nor a request to end is taken over', () => {
    const steered = play(graph);
    steered.tell({ type: 'run.paused', payload: {} });
    expect(forked(steered.journal, steered.journal.length, []).status).toBe('running');
  });

  it('is refused where there is nothing left to do, and for a task that cannot be edited, saying which can', () => {
    const { journal } = parent();
    expect(forkFault(fold(graph, journal), [])).toBe('the run has nothing left to do there');
    const state = fold(graph, journal.slice(0, seqAfter(journal, 'start')));
    expect(forkFault(state, [{ edit: 'input', task: 'root/x.0', value: 1 }])).toBe('there is no task root/x.0; expected one of root');
    expect(() => forked(journal, journal.length, [])).toThrow(RangeError);
    expect(verify(graph, [...journal, { ...forkStart(journal, journal.length), seq: 1, at: 0 } as JournalEvent])).toMatchObject({
      ok: false,
      divergence: { reason: 'the run has nothing left to do there' },
    });
  });
});

describe('ENG-T3 ENG-I a paused run', () => {
  const compiled = compileGraph(
    [testNode({ id: 'start', role: 'start' }), testNode({ id: 'work', role: 'linear' }), testNode({ id: 'done', role: 'exit' })],
    [
      { from: 'start', to: 'work' },
      { from: 'work', to: 'done' },
    ],
  );
  if (!compiled.ok) throw new Error('invalid');
  const { graph } = compiled;

  it('performs one node for every step that is asked for, and its journal verifies', () => {
    const run = { state: fold(graph, []), journal: [] as JournalEvent[] };
    const [first] = play(graph).journal;
    record(run, first as JournalEvent);
    record(run, { type: 'run.paused', payload: {} });
    expect(decide(run.state)).toEqual({ do: 'wait' });
    record(run, { type: 'run.step_requested', payload: {} });
    const { state } = run;
    const perform = () => {
      const next = decide(state);
      if (next.do === 'perform') record(run, completed(next.task, { outcome: 'success', output: 1 }));
    };
    perform();
    expect(state.tasks.get('root')?.at.id).toBe('work');
    expect(decide(state)).toEqual({ do: 'wait' });
    record(run, { type: 'run.step_requested', payload: {} });
    record(run, { type: 'node.started', payload: { task: 'root', node: 'work' } });
    expect(state.steps).toBe(0);
    record(run, completed(state.tasks.get('root') as NonNullable<RunState['started']>['root'], { outcome: 'success', output: 2 }));
    expect(decide(state)).toEqual({ do: 'wait' });
    expect(verify(graph, run.journal)).toMatchObject({ ok: true, ended: false });
    record(run, { type: 'run.resumed', payload: {} });
    expect(decide(state)).toMatchObject({ do: 'perform' });
  });

  it('a step changes nothing in a run that is not paused', () => {
    const steered = play(graph);
    steered.tell({ type: 'run.step_requested', payload: {} });
    steered.tell({ type: 'run.paused', payload: {} });
    expect(steered.state.steps).toBe(0);
  });
});
