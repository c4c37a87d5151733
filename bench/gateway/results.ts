import { loadavg } from 'node:os';
import { type Summary, summarise } from '../shared/statistics.ts';
import type { Call } from './call-timer.ts';
import type { Contender, Kept } from './contender.ts';
import type { CpuPerCall, Measured, Sample } from './measure.ts';
import type { Scenario, ScenarioId } from './scenarios.ts';

/** What is looked at of calls, in milliseconds. */
export type Aspect = 'call' | 'first text' | 'word';

/** One aspect of one contender: a figure of each round, and how far it is above that of the direct call in the same round. */
export interface Times {
  p50: Summary;
  p99: Summary;
  addedP50: Summary;
  addedP99: Summary;
}

/** What was measured of one contender. */
export interface Row {
  name: string;
  part: Contender['part'];
  kept: Kept | undefined;
  times: Partial<Record<Aspect, Times>>;
  callsPerSecond: Summary;
  cpu: CpuPerCall;
  /** What a call takes in this process over what the direct call takes, round by round. */
  cpuToDirect: Summary;
}

export interface ScenarioResult {
  id: ScenarioId;
  title: string;
  /** The load average of the last minute when it ended: what else the machine had to do. */
  load: number;
  rounds: number;
  /** Timed calls of each contender in one round, at least. */
  calls: number;
  rows: Row[];
}

const aspects: Readonly<Record<Scenario['of'], readonly Aspect[]>> = { calls: ['call'], words: ['first text', 'word'] };

/** What is added is taken within each round: what slows the machine for a moment slows both sides. */
export function resultOf({ id, title, of, manner }: Scenario, measured: readonly Measured[]): ScenarioResult {
  const direct = measured.find(({ contender }) => contender.part === 'direct')?.samples ?? [];
  const valuesOf = (aspect: Aspect) => (call: Call) => valuesIn(call, aspect, manner === 'rushed');
  const rows = measured.map(({ contender: { name, part, kept }, samples }) => ({
    name,
    part,
    kept,
    times: Object.fromEntries(aspects[of].map((aspect) => [aspect, timesOf(samples, direct, valuesOf(aspect))])),
    callsPerSecond: summarise(samples.map(({ callsPerSecond }) => callsPerSecond)),
    cpu: { own: cpuOf(samples, 'own'), upstream: cpuOf(samples, 'upstream'), elsewhere: cpuOf(samples, 'elsewhere') },
    cpuToDirect: summarise(samples.map(({ cpu }, round) => cpu.own / (direct[round]?.cpu.own ?? Number.NaN))),
  }));
  const calls = Math.min(...measured.flatMap(({ samples }) => samples.map((sample) => sample.calls.length)));
  return { id, title, load: loadavg()[0] ?? 0, rounds: direct.length, calls, rows };
}

function cpuOf(samples: readonly Sample[], where: keyof CpuPerCall): number {
  return summarise(samples.map(({ cpu }) => cpu[where])).median;
}

/** A word that is sent as quickly as it goes out waits for those before it: its share of the stream says more than its delay. */
function valuesIn({ net, firstText, perDelta, delays }: Call, aspect: Aspect, isRushed: boolean): readonly number[] {
  if (aspect === 'call') return [net];
  if (aspect === 'first text') return [firstText];
  return isRushed ? [perDelta ?? Number.NaN] : delays;
}

function timesOf(samples: readonly Sample[], direct: readonly Sample[], valuesOf: (call: Call) => readonly number[]): Times {
  const figures = samples.map(({ calls }) => percentiles(calls.flatMap(valuesOf)));
  const floor = direct.map(({ calls }) => percentiles(calls.flatMap(valuesOf)));
  const above = (what: 'p50' | 'p99') => summarise(figures.map((figure, round) => figure[what] - (floor[round]?.[what] ?? Number.NaN)));
  return {
    p50: summarise(figures.map(({ p50 }) => p50)),
    p99: summarise(figures.map(({ p99 }) => p99)),
    addedP50: above('p50'),
    addedP99: above('p99'),
  };
}

/** The values that half, and ninety-nine in a hundred, do not exceed. */
export function percentiles(values: readonly number[]): { p50: number; p99: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
