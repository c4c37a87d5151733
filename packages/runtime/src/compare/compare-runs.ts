import type { ForkOrigin, JournalEvent, Json, Outcome, RunStatus, Workflow } from '@espalier/core';
import type { NodeProfile, Profile, TimeShares } from '../profile/profile.ts';
import { profileOf } from '../profile/profile-of.ts';
import { originOf, ownEvents } from '../run/history.ts';
import type { RunResult } from '../run/run-result.ts';
import { compareRoutes, type RouteComparison, type Sides } from './compare-routes.ts';
import { taskRoutes } from './task-routes.ts';
import { type ValueChange, valueChanges } from './value-changes.ts';
import { type CallCounts, callsOf, costOf, type TargetCalls, type TokensUsed, tokensOf } from './work-done.ts';

/** A run as it is on record, with what came of it. */
export interface ComparedRun {
  workflow: Pick<Workflow, 'id' | 'hash'>;
  result: RunResult;
  /** The events of its journal and, before those of a fork, what led to it. */
  history: readonly JournalEvent[];
}

/** What there is to say about one of two runs. Times and counts are of its own journal: what a fork has from its parent is not in them. */
export interface RunFacts {
  run: string;
  workflow: string;
  workflow_hash: string;
  status: RunStatus;
  outcome: Outcome | null;
  exit: string | null;
  reason: string | null;
  forked_from: ForkOrigin | null;
  /** Milliseconds since the epoch. */
  started_at: number | null;
  duration_ms: number;
  /** What the duration is made of; `waiting_ms` is the time in which nobody worked. */
  time: TimeShares;
  events: number;
  nodes: number;
  tasks: number;
  /** What providers counted; null if nothing is recorded. */
  tokens: TokensUsed | null;
  /** What its requests to providers have cost, in pico-dollars; null if it made none. */
  cost: string | null;
}

/** The time that a node took in two runs; null where the run itself did not perform it. */
export interface NodeTimes extends Sides<{ completed: number; total_ms: number | null } | null> {
  node: string;
}

/** The calls of one model, tool, handler or reducer in two runs. */
export interface CallComparison extends Pick<TargetCalls, 'kind' | 'target' | 'waits'>, Sides<CallCounts> {}

/** Two runs side by side (ENG-T2), as plain JSON. */
export interface RunComparison extends Sides<RunFacts> {
  /** Whether both ran with the same version of the same workflow. */
  same_workflow: boolean;
  /** From left to right, as JSON Pointers into the input and the output. */
  input: readonly ValueChange[];
  output: readonly ValueChange[];
  route: RouteComparison;
  nodes: readonly NodeTimes[];
  calls: readonly CallComparison[];
}

/** What is alike and what is not in two runs. Those of different workflows are compared as far as tasks and nodes have the same names. */
export function compareRuns(left: ComparedRun, right: ComparedRun): RunComparison {
  const profiles = { left: profileOf(ownEvents(left.history)), right: profileOf(ownEvents(right.history)) };
  return {
    left: factsOf(left, profiles.left),
    right: factsOf(right, profiles.right),
    same_workflow: left.workflow.hash === right.workflow.hash,
    input: valueChanges(inputOf(left), inputOf(right)),
    output: valueChanges(left.result.output, right.result.output),
    route: compareRoutes({ left: taskRoutes(left.history), right: taskRoutes(right.history) }),
    nodes: compareTimes({ left: profiles.left.nodes, right: profiles.right.nodes }),
    calls: compareCalls({ left: callsOf(left.history), right: callsOf(right.history) }),
  };
}

function factsOf({ workflow, result, history }: ComparedRun, { started_at, duration_ms, time, counters }: Profile): RunFacts {
  const own = ownEvents(history);
  const { run, status, outcome = null, exit = null, reason = null } = result;
  return {
    run,
    workflow: workflow.id,
    workflow_hash: workflow.hash,
    status,
    outcome,
    exit,
    reason,
    forked_from: originOf(own) ?? null,
    started_at,
    duration_ms,
    time,
    events: own.length,
    nodes: counters.nodes,
    tasks: counters.tasks,
    tokens: tokensOf(own),
    cost: costOf(own),
  };
}

function inputOf({ history: [first] }: ComparedRun): Json | undefined {
  return first?.type === 'run.started' ? first.payload.input : undefined;
}

function compareTimes({ left, right }: Sides<readonly NodeProfile[]>): NodeTimes[] {
  const timesIn = (nodes: readonly NodeProfile[]) => new Map(nodes.map(({ node, completed, total_ms }) => [node, { completed, total_ms }]));
  const [before, after] = [timesIn(left), timesIn(right)];
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].map((node) => ({ node, left: before.get(node) ?? null, right: after.get(node) ?? null }));
}

const noCalls: CallCounts = { performed: 0, reused: 0, inherited: 0, refused: 0 };

function compareCalls({ left, right }: Sides<readonly TargetCalls[]>): CallComparison[] {
  const byTarget = (calls: readonly TargetCalls[]) => new Map(calls.map((call) => [`${call.kind} ${call.target}`, call]));
  const [before, after] = [byTarget(left), byTarget(right)];
  return [...new Map([...before, ...after])].map(([id, { kind, target, waits }]) => {
    return { kind, target, waits, left: countsOf(before.get(id)), right: countsOf(after.get(id)) };
  });
}

function countsOf(calls: TargetCalls | undefined): CallCounts {
  if (!calls) return noCalls;
  const { performed, reused, inherited, refused } = calls;
  return { performed, reused, inherited, refused };
}
