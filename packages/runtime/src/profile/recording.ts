import type { EffectKind } from '@espalier/core';
import type { Gauge, TaskProfile } from './profile.ts';
import type { Moment, Stretch } from './time-shares.ts';
import { read } from './timing.ts';

/** From an event to another; without `to` it is still open. */
export interface Interval {
  from: Moment;
  to: Moment | undefined;
}

/** A task at a node. */
export interface Visit extends Interval {
  task: string;
  node: string;
  /** Whether the journal says when it began. */
  isTimed: boolean;
  queuedMs: number | null;
  /** The visit whose end let this one begin. */
  before: Visit | undefined;
}

/** An effect under way. */
export interface OpenTry extends Interval {
  try: number;
  effect: EffectTally;
  node: NodeTally;
}

export interface NodeTally {
  node: string;
  visits: Visit[];
  latencies: number[];
  completed: number;
  failures: number;
  cancelled: number;
  untimed: number;
  waitingMs: number;
  underWay: Gauge;
  context: Gauge | null;
}

export interface EffectTally {
  kind: EffectKind;
  target: string;
  intervals: Interval[];
  calls: number;
  tries: number;
  retries: number;
  failures: number;
  cancelled: number;
  interrupted: number;
  refused: number;
  inFlight: Gauge;
  context: Gauge | null;
}

export interface TaskTally {
  task: string;
  born: Moment;
  ended: Moment | undefined;
  end: TaskProfile['end'];
  /** When it could have begun the node that it is at. */
  ready: Moment | undefined;
  visit: Visit | undefined;
  /** Its last visit or, before it has one, the visit that it owes its life to. */
  before: Visit | undefined;
  visits: Visit[];
  nodes: number;
  effects: number;
  context: Gauge | null;
}

/** What the events up to `now` add up to. */
export interface Recording {
  now: Moment;
  /** Milliseconds of every event so far. */
  times: number[];
  tasks: Map<string, TaskTally>;
  nodes: Map<string, NodeTally>;
  /** By kind and target. */
  effects: Map<string, EffectTally>;
  /** By key. */
  openTries: Map<string, OpenTry>;
  /** The oldest first. */
  openVisits: Set<Visit>;
  /** The visit that was the last to complete. */
  latest: Visit | undefined;
  /** What the run was at when it was told to stop. */
  stoppedAt: Visit | undefined;
  stretches: Stretch[];
  pausedAt: Moment | undefined;
  alive: Gauge;
  context: Gauge | null;
  ended: boolean;
}

export function createRecording(): Recording {
  return {
    now: { index: -1, ms: 0 },
    times: [],
    tasks: new Map(),
    nodes: new Map(),
    effects: new Map(),
    openTries: new Map(),
    openVisits: new Set(),
    latest: undefined,
    stoppedAt: undefined,
    stretches: [],
    pausedAt: undefined,
    alive: { last: 0, max: 0 },
    context: null,
    ended: false,
  };
}

/** The tally of a task; one that the journal has not spoken of is born now. */
export function taskOf(recording: Recording, task: string): TaskTally {
  return recording.tasks.get(task) ?? bear(recording, task, undefined);
}

/** A new task, ready now. */
export function bear(recording: Recording, task: string, before: Visit | undefined): TaskTally {
  const { now } = recording;
  const life = { born: now, ended: undefined, end: null, ready: now, visit: undefined, before };
  const tally: TaskTally = { task, ...life, visits: [], nodes: 0, effects: 0, context: null };
  recording.tasks.set(task, tally);
  recording.alive = read(recording.alive, recording.alive.last + 1);
  return tally;
}

export function nodeOf({ nodes }: Recording, node: string): NodeTally {
  const known = nodes.get(node);
  if (known) return known;
  const counts = { completed: 0, failures: 0, cancelled: 0, untimed: 0, waitingMs: 0 };
  const tally: NodeTally = { node, visits: [], latencies: [], ...counts, underWay: { last: 0, max: 0 }, context: null };
  nodes.set(node, tally);
  return tally;
}

export function effectOf({ effects }: Recording, { kind, target }: { kind: EffectKind; target: string }): EffectTally {
  const id = `${kind} ${target}`;
  const known = effects.get(id);
  if (known) return known;
  const counts = { calls: 0, tries: 0, retries: 0, failures: 0, cancelled: 0, interrupted: 0, refused: 0 };
  const tally: EffectTally = { kind, target, intervals: [], ...counts, inFlight: { last: 0, max: 0 }, context: null };
  effects.set(id, tally);
  return tally;
}
