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
    'upstream',
    'elsewhere',
  ];
  return `${caption}\n\n${table([header, ...rows.map((row) => cells(row, aspects))])}`;
}

function cells({ name, part, times, callsPerSecond, cpu, cpuToDirect }: Row, aspects: readonly Aspect[]): string[] {
  const timed = aspects.flatMap((aspect) => timeCells(times[aspect], part === 'ours'));
  const cost = [`${figure(cpu.own)} µs`, `${figure(cpuToDirect.median)} ×`, `${figure(cpu.upstream)} µs`, `${figure(cpu.elsewhere)} µs`];
  return [name, ...timed, figure(callsPerSecond.median), ...cost];
}

function timeCells(times: Times | undefined, isOurs: boolean): string[] {
  if (!times) return ['–', '–', '–', '–'];
  const { p50, p99, addedP50, addedP99 } = times;
  return [figure(p50.median), isOurs ? added(addedP50) : '–', figure(p99.median), isOurs ? added(addedP99) : '–'];
}

function added({ median, p10, p90 }: Summary): string {
  return `${signed(median)} (${signed(p10)} to ${signed(p90)})`;
}

/** To the microsecond: what rounds to nothing has no sign. */
function signed(ms: number): string {
  return figure(Math.round(ms * 1000) / 1000 || 0);
}

/** What was aimed for, and what we got. */
export function targetTable(verdicts: readonly Verdict[]): string {
  const header = ['added to a direct call', 'kept in', 'of', 'aim', 'got', ''];
  const rows = verdicts.map(({ scenario, kept, aspect, what, aim, got, verdict }) => {
    return [scenario, kept, `${aspect}, ${what}`, `< ${figure(aim)} ms`, `${figure(got)} ms`, verdict];
  });
  return `Targets\n\n${table([header, ...rows])}`;
}
