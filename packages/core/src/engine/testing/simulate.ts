import type { Graph } from '../../graph/graph.ts';
import type { EngineEvent, JournalEvent } from '../../wire/events.ts';
import type { Json } from '../../wire/json.ts';
import { apply } from '../apply.ts';
import { completed, type NodeResult } from '../complete.ts';
import { decide } from '../decide.ts';
import { createState, type RunState, type Task } from '../state.ts';

/** The world of a simulated run: it begins nodes, holds them open, and ends one of them at a time, in any order it likes. */
export interface World {
  /** What performing this task's node comes to. */
  result(task: Task): NodeResult;
  /** Which of the nodes under way ends next. */
  pick(underWay: number): number;
  /** How many nodes may be under way. */
  concurrency: number;
}

export interface Simulation {
  state: RunState;
  journal: JournalEvent[];
  /** Every node that was performed, as `task@node`. */
  performed: string[];
}

const metadata = { engine_version: 'test', state_version: 1, manifest_hashes: {}, adapters: {} };

/** Runs a graph with the engine alone: no driver, no clock. Throws if the run neither ends nor waits for something under way. */
export function simulate(graph: Graph, world: World, options: { start?: string; input?: Json } = {}): Simulation {
  const simulation: Simulation = { state: createState(graph), journal: [], performed: [] };
  const start = options.start ?? graph.defaultStart.id;
  const input = options.input ?? { items: [1, 2, 3] };
  record(simulation, { type: 'run.started', payload: { workflow: 'test', workflow_hash: '0'.repeat(64), start, input, metadata } });
  const underWay: Task[] = [];
  for (;;) {
    beginAll(simulation, underWay, world.concurrency);
    if (decide(simulation.state).do === 'stop') return simulation;
    const alive = underWay.filter((task) => task.phase === 'running');
    const task = alive[world.pick(alive.length)];
    if (!task) throw new Error(`the run hangs at seq ${simulation.state.seq}`);
    underWay.splice(underWay.indexOf(task), 1);
    record(simulation, completed(task, world.result(task)));
  }
}

function beginAll(simulation: Simulation, underWay: Task[], concurrency: number): void {
  for (;;) {
    const decision = decide(simulation.state);
    const busy = underWay.filter((task) => task.phase === 'running').length;
    if (decision.do !== 'perform' || busy >= concurrency) return;
    const { task } = decision;
    simulation.performed.push(`${task.id}@${task.at.id}`);
    record(simulation, { type: 'node.started', payload: { task: task.id, node: task.at.id } });
    underWay.push(task);
  }
}

/** Appends an event and everything that follows from it. */
export function record(simulation: Pick<Simulation, 'state' | 'journal'>, event: EngineEvent): void {
  const { state, journal } = simulation;
  let due: readonly EngineEvent[] = [event];
  while (due.length > 0) {
    for (const next of due) {
      apply(state, next);
      journal.push({ ...next, seq: state.seq, at: 0 });
    }
    const decision = decide(state);
    due = decision.do === 'record' ? decision.events : [];
  }
}

/** The state after a journal. */
export function fold(graph: Graph, journal: readonly EngineEvent[]): RunState {
  const state = createState(graph);
  for (const event of journal) apply(state, event);
  return state;
}
