import type { EffectProfile, NodeProfile, PathStep, Profile, Span, TaskProfile } from './profile.ts';
import type { EffectTally, Interval, NodeTally, Recording, TaskTally, Visit } from './recording.ts';
import { timeShares } from './time-shares.ts';
import { durationsOf, lengthOf, timingOf } from './timing.ts';
import { isWait } from './tries.ts';

/** The profile of a recording whose last moment is its end. @param last the visit that its end had to wait for. */
export function assembled(recording: Recording, last: Visit | undefined): Omit<Profile, 'started_at'> {
  const { now, times, stretches, ended, alive, context } = recording;
  const end = now.ms;
  return {
    duration_ms: end,
    ended,
    time: timeShares(times, stretches),
    counters: countersOf(recording),
    tasks_alive: alive,
    context_tokens: context,
    critical_path: pathTo(recording.stoppedAt ?? last, end),
    nodes: [...recording.nodes.values()].map((tally) => nodeProfile(tally, end)),
    effects: [...recording.effects.values()].map((tally) => effectProfile(tally, end)),
    tasks: [...recording.tasks.values()].map((tally) => taskProfile(tally, end)),
  };
}

function countersOf({ times, nodes, effects, tasks }: Recording): Profile['counters'] {
  const counters = { events: times.length, nodes: 0, effects: 0, retries: 0, refused: 0, tasks: tasks.size };
  for (const { completed } of nodes.values()) counters.nodes += completed;
  for (const { calls, retries, refused } of effects.values()) {
    counters.effects += calls;
    counters.retries += retries;
    counters.refused += refused;
  }
  return counters;
}

function nodeProfile(tally: NodeTally, end: number): NodeProfile {
  const { node, completed, failures, cancelled, untimed, latencies, underWay, waitingMs, context } = tally;
  return {
    node,
    completed,
    failures,
    cancelled,
    untimed,
    ...timingOf(tally.visits.map((visit) => spanOf(visit, end))),
    queue: durationsOf(latencies),
    waiting_ms: waitingMs,
    under_way: underWay,
    context_tokens: context,
  };
}

function effectProfile(tally: EffectTally, end: number): EffectProfile {
  const { kind, target, calls, tries, retries, failures, cancelled, interrupted, refused, inFlight, context } = tally;
  const spans = tally.intervals.map((interval) => spanOf(interval, end)).sort((a, b) => a.start_ms - b.start_ms);
  return {
    kind,
    target,
    waits: isWait(kind),
    calls,
    tries,
    retries,
    failures,
    cancelled,
    interrupted,
    refused,
    ...timingOf(spans),
    in_flight: inFlight,
    context_tokens: context,
  };
}

function taskProfile({ task, born, ended, end: how, nodes, effects, visits, context }: TaskTally, end: number): TaskProfile {
  const life = spanOf({ from: born, to: ended }, end);
  const timing = timingOf(visits.map((visit) => spanOf(visit, end)));
  const waiting = lengthOf(life) - (timing.total_ms ?? 0);
  return { task, life, end: how, ...timing, waiting_ms: waiting, nodes, effects, context_tokens: context };
}

function spanOf({ from, to }: Interval, end: number): Span {
  return { start_ms: from.ms, end_ms: to?.ms ?? end, open: to === undefined };
}

function pathTo(last: Visit | undefined, end: number): PathStep[] {
  const steps: PathStep[] = [];
  for (let visit = last; visit; visit = visit.before) {
    const { task, node, isTimed, queuedMs } = visit;
    const duration = isTimed ? lengthOf(spanOf(visit, end)) : null;
    steps.push({ task, node, queued_ms: queuedMs, duration_ms: duration, open: visit.to === undefined });
  }
  return steps.reverse();
}
