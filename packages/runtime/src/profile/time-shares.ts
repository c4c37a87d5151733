import type { TimeShares } from './profile.ts';

/** An event of a journal: its position from 0, and milliseconds since the first. */
export interface Moment {
  index: number;
  ms: number;
}

/** In this order they claim a moment at which there are several. */
const activities = ['effects', 'waiting', 'interrupted', 'paused'] as const;

/** What a run is doing while it is not the engine that acts. */
export type Activity = (typeof activities)[number];

/** An activity from one event to another. */
export interface Stretch {
  activity: Activity;
  from: Moment;
  to: Moment;
}

/** Counts every moment between the events at `times` once, at a cost linear in events and stretches. */
export function timeShares(times: readonly number[], stretches: readonly Stretch[]): TimeShares {
  const changes = changesOf(times.length, stretches);
  const underWay = { effects: 0, waiting: 0, interrupted: 0, paused: 0 };
  const spent = { effects: 0, waiting: 0, interrupted: 0, paused: 0, engine: 0 };
  let before = 0;
  times.forEach((time, index) => {
    spent[activities.find((activity) => underWay[activity] > 0) ?? 'engine'] += time - before;
    for (const activity of activities) underWay[activity] += changes[activity][index] ?? 0;
    before = time;
  });
  const { effects, waiting, interrupted, paused, engine } = spent;
  return { effects_ms: effects, waiting_ms: waiting, interrupted_ms: interrupted, paused_ms: paused, engine_ms: engine };
}

/** By how much the number of stretches changes at each event. */
function changesOf(events: number, stretches: readonly Stretch[]): Record<Activity, Int32Array> {
  const none = () => new Int32Array(events);
  const changes = { effects: none(), waiting: none(), interrupted: none(), paused: none() };
  for (const { activity, from, to } of stretches) {
    changes[activity][from.index] = (changes[activity][from.index] ?? 0) + 1;
    changes[activity][to.index] = (changes[activity][to.index] ?? 0) - 1;
  }
  return changes;
}
