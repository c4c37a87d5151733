import { figure, table } from '../shared/table.ts';
import type { Row, ScenarioResult } from './results.ts';
import type { Verdict } from './targets.ts';

/** One scenario as a table in plain text. */
export function scenarioTable({ title, baseline, rounds, rows }: ScenarioResult): string {
  const header = ['contender', 'per run', 'p10–p90', 'per step', 'CPU per step', 'ratio', 'p10–p90', 'CPU ratio'];
  const caption = `${title}\n${rounds} interleaved rounds; ratios to “${baseline}”, median of the rounds`;
  return `${caption}\n\n${table([header, ...rows.map(cells)])}`;
}

function cells({ name, perRun, perStep, cpuPerStep, ratio, cpuRatio }: Row): string[] {
  const times = [time(perRun.median), `${time(perRun.p10)}–${time(perRun.p90)}`, time(perStep), time(cpuPerStep)];
  return [name, ...times, `${figure(ratio.median)} ×`, `${figure(ratio.p10)}–${figure(ratio.p90)}`, `${figure(cpuRatio.median)} ×`];
}

/** What was aimed for, and what we got. */
export function targetTable(verdicts: readonly Verdict[]): string {
  const header = ['target', 'aim', 'fails above', 'got', ''];
  const rows = verdicts.map(({ what, unit, aim, bound, got, verdict }) => {
    return [what, `${aim} ${unit}`, `${bound} ${unit}`, `${figure(got)} ${unit}`, verdict];
  });
  return `Targets\n\n${table([header, ...rows])}`;
}

function time(microseconds: number): string {
  if (microseconds < 1000) return `${figure(microseconds)} µs`;
  return microseconds < 1_000_000 ? `${figure(microseconds / 1000)} ms` : `${figure(microseconds / 1_000_000)} s`;
}
