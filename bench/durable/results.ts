import { loadavg } from 'node:os';
import { type Summary, summarise } from '../shared/statistics.ts';
import type { Contender } from './contender.ts';
import type { Measured, Sample } from './measure.ts';
import type { Scenario, ScenarioId } from './scenarios.ts';

/** What was measured of one contender. */
export interface Row {
  name: string;
  part: Contender['part'];
  durability: string;
  /** Per second. */
  rate: Summary;
  /** Microseconds of processor time per run, on the client's side. */
  cpu: number;
  /** Writing transactions per run. */
  transactions: number | undefined;
  /** Bytes of write-ahead log per run. */
  logged: number | undefined;
  /** Its rate over the floor's, round by round. */
  toFloor: Summary;
  /** Its rate over that of the fastest peer that keeps as much as often. */
  toPeer: Summary | undefined;
}

export interface ScenarioResult {
  id: ScenarioId;
  title: string;
  unit: Scenario['unit'];
  /** The load average of the last minute when it ended: what else the machine had to do. */
  load: number;
  floor: string;
  peer: string | undefined;
  rounds: number;
  rows: Row[];
}

/** Ratios are taken within each round: what slows the machine for a moment slows both sides. */
export function resultOf({ id, title, engine, unit, floor, kind }: Scenario, measured: readonly Measured[]): ScenarioResult {
  const floorSamples = measured.find(({ contender }) => contender.name === floor)?.samples ?? [];
  const peer = fastest(measured.filter(({ contender }) => contender.part === 'peer' && (kind !== 'effects' || contender.everyStep)));
  const rows = measured.map(({ contender: { name, part, durability }, samples }) => ({
    name,
    part,
    durability: engine === 'pglite' ? `${durability}, not synced` : durability,
    rate: summarise(samples.map(({ rate }) => rate)),
    cpu: summarise(samples.map(({ cpu }) => cpu)).median,
    transactions: medianOf(samples, 'transactions'),
    logged: medianOf(samples, 'logged'),
    toFloor: ratio(samples, floorSamples),
    toPeer: peer && ratio(samples, peer.samples),
  }));
  return { id, title, unit, load: loadavg()[0] ?? 0, floor, peer: peer?.contender.name, rounds: floorSamples.length, rows };
}

function fastest(measured: readonly Measured[]): Measured | undefined {
  const rateOf = ({ samples }: Measured) => summarise(samples.map(({ rate }) => rate)).median;
  return measured.toSorted((a, b) => rateOf(b) - rateOf(a))[0];
}

function ratio(samples: readonly Sample[], others: readonly Sample[]): Summary {
  return summarise(samples.map(({ rate }, round) => rate / (others[round]?.rate ?? Number.NaN)));
}

function medianOf(samples: readonly Sample[], what: 'transactions' | 'logged'): number | undefined {
  const values = samples.map((sample) => sample[what]).filter((value) => value !== undefined);
  return values.length > 0 ? summarise(values).median : undefined;
}
