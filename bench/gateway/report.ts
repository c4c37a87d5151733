import type { Summary } from '../shared/statistics.ts';
import { figure, table } from '../shared/table.ts';
import type { Aspect, Row, ScenarioResult, Times } from './results.ts';
import type { Verdict } from './targets.ts';

/** One scenario as a table in plain text. */
export function scenarioTable({ title, load, rounds, calls, rows }: ScenarioResult): string {
  const caption = `${title}\n${rounds} interleaved rounds of ${calls} timed calls or more each; milliseconds; added to “direct call” in the same round, median (p10–p90); load average ${figure(load)}`;
  const aspects = Object.keys(rows[0]?.times ?? {}) as Aspect[];
  const header = [
    'contender',
    ...aspects.flatMap((aspect) => [`${aspect} p50`, 'added', `${aspect} p99`, 'added']),
    'calls/s',
    'CPU a call',
    'to direct',
    'upstream CPU',
  ];
  return `${caption}\n\n${table([header, ...rows.map((row) => cells(row, aspects))])}`;
}

function cells({ name, part, times, callsPerSecond, cpu, upstreamCpu, cpuToDirect }: Row, aspects: readonly Aspect[]): string[] {
  const timed = aspects.flatMap((aspect) => timeCells(times[aspect], part === 'ours'));
  const cost = [`${figure(cpu)} µs`, `${figure(cpuToDirect.median)} ×`, `${figure(upstreamCpu)} µs`];
  return [name, ...timed, figure(callsPerSecond.median), ...cost];
}

function timeCells(times: Times | undefined, isOurs: boolean): string[] {
  if (!times) return ['–', '–', '–', '–'];
  const { p50, p99, addedP50, addedP99 } = times;
  return [figure(p50.median), isOurs ? added(addedP50) : '–', figure(p99.median), isOurs ? added(addedP99) : '–'];
}

function added({ median, p10, p90 }: Summary): string {
  return `${figure(median)} (${figure(p10)}–${figure(p90)})`;
}

/** What was aimed for, and what we got. */
export function targetTable(verdicts: readonly Verdict[]): string {
  const header = ['added to a direct call', 'kept in', 'of', 'aim', 'got', ''];
  const rows = verdicts.map(({ scenario, kept, aspect, what, aim, got, verdict }) => {
    return [scenario, kept, `${aspect}, ${what}`, `< ${figure(aim)} ms`, `${figure(got)} ms`, verdict];
  });
  return `Targets\n\n${table([header, ...rows])}`;
}
