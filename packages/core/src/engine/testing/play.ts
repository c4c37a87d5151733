import type { Graph } from '../../graph/graph.ts';
import type { EngineEvent, EventType, JournalEvent, Payload } from '../../wire/events.ts';
import type { Json } from '../../wire/json.ts';
import { completed, type NodeResult } from '../complete.ts';
import { decide } from '../decide.ts';
import { createState, type RunState, type Task } from '../state.ts';
import { record } from './simulate.ts';

/** How a node ends: `fails`, `partly`, or an output. */
export type Ending = typeof fails | typeof partly | { output: Json };
export const fails = Symbol('fails');
export const partly = Symbol('partly');

/** A run that a test steers by hand: every ready node is begun at once, and ends when the test says so. */
export interface Play {
  readonly state: RunState;
  readonly journal: JournalEvent[];
  /** Ends the node where a task stands (`root/split.0@node`). */
  end(place: string, ending?: Ending): Play;
  /** Ends whatever is under way, oldest first, until nothing is. */
  finish(endings?: Record<string, Ending>): Play;
  /** Records an event from outside. */
  tell(event: EngineEvent): Play;
  /** What is under way, as `task@node`. */
  underWay(): string[];
  /** The payloads of one type of event, oldest first. */
  all<T extends EventType>(type: T): Payload<T>[];
  task(id: string): Task;
}

const metadata = { engine_version: 'test', state_version: 1, manifest_hashes: {}, adapters: {} };

/** Starts a run. A linear node's output is its own name, a merge's the list of what arrived; other nodes hand their input on. */
export function play(graph: Graph, options: { start?: string; input?: Json; endings?: Record<string, Ending> } = {}): Play {
  const state = createState(graph);
  const journal: JournalEvent[] = [];
  const { start = graph.defaultStart.id, input = { items: [0, 1, 2] } } = options;
  const tell = (event: EngineEvent) => {
    record({ state, journal }, event);
    begin({ state, journal });
    return steered;
  };
  const task = (id: string) => {
    const found = state.tasks.get(id);
    if (!found) throw new Error(`no task ${id}; there are ${[...state.tasks.keys()].join(', ')}`);
    return found;
  };
  const end = (place: string, ending?: Ending) => {
    const found = [...state.running].find((candidate) => placeOf(candidate) === place);
    if (!found) throw new Error(`${place} is not under way; these are: ${[...state.running].map(placeOf).join(', ')}`);
    return tell(completed(found, resultOf(found, ending ?? options.endings?.[found.at.id])));
  };
  const finish = (endings: Record<string, Ending> = {}) => {
    for (let [next] = state.running; next; [next] = state.running) end(placeOf(next), endings[placeOf(next)] ?? endings[next.at.id]);
    return steered;
  };
  const all = <T extends EventType>(type: T) => journal.flatMap((event) => (event.type === type ? [event.payload as Payload<T>] : []));
  const steered: Play = { state, journal, tell, end, finish, task, all, underWay: () => [...state.running].map(placeOf) };
  return tell({ type: 'run.started', payload: { workflow: 'test', workflow_hash: '0'.repeat(64), start, input, metadata } });
}

function begin(run: Parameters<typeof record>[0]): void {
  for (let next = decide(run.state); next.do === 'perform'; next = decide(run.state)) {
    record(run, { type: 'node.started', payload: { task: next.task.id, node: next.task.at.id } });
  }
}

function placeOf(task: Task): string {
  return `${task.id}@${task.at.id}`;
}

function resultOf(task: Task, ending: Ending | undefined): NodeResult {
  if (ending === fails) return { outcome: 'failure', error: { code: 'node.handler_failed', message: `${task.at.id} failed` } };
  if (ending === partly) return { outcome: 'partial', output: task.value };
  return { outcome: 'success', output: ending ? ending.output : usualOutput(task) };
}

function usualOutput(task: Task): Json {
  if (task.merging) return task.merging.arrived.map(({ value }) => value);
  return task.at.role === 'linear' ? task.at.id : task.value;
}
