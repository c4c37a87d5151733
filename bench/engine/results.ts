import { type Summary, summarise } from '../shared/statistics.ts';
import type { Measured } from './measure.ts';
import type { Scenario, ScenarioId } from './scenarios.ts';

/** What was measured of one contender. Times in microseconds. */
export interface Row {
  name: string;
  perRun: Summary;
  /** The median of a run, shared out over its steps. */
  perStep: number;
  /** The same of processor time. */
  cpuPerStep: number;
  /** Its time over the baseline's, round by round. */
  ratio: Summary;
  /** The same of processor time. */
  cpuRatio: Summary;
}

export interface ScenarioResult {
  id: ScenarioId;
  title: string;
  baseline: string;
  rounds: number;
  rows: Row[];
}

/** Ratios are taken within each round: what slows the machine for a moment slows both sides. */
export function resultOf({ id, title, baseline, pace }: Scenario, measured: readonly Measured[]): ScenarioResult {
  const base = measured.find(({ contender }) => contender.name === baseline)?.samples ?? [];
  const rows = measured.map(({ contender, samples }) => {
    const perRun = summarise(samples.map(({ elapsed }) => elapsed));
    const cpu = summarise(samples.map((sample) => sample.cpu));
    const ratio = summarise(samples.map(({ elapsed }, round) => elapsed / (base[round]?.elapsed ?? Number.NaN)));
    const cpuRatio = summarise(samples.map((sample, round) => sample.cpu / (base[round]?.cpu ?? Number.NaN)));
    const { name, steps } = contender;
    return { name, perRun, perStep: perRun.median / steps, cpuPerStep: cpu.median / steps, ratio, cpuRatio };
  });
  return { id, title, baseline, rounds: pace.rounds, rows };
}

/** The row of a contender. @throws RangeError if it did not take part. */
export function rowOf(results: readonly ScenarioResult[], id: ScenarioId, name: string): Row {
  const row = results.find((result) => result.id === id)?.rows.find((candidate) => candidate.name === name);
  if (!row) throw new RangeError(`no result for ${name} in ${id}`);
  return row;
}
