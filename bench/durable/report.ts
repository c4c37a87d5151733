import type { Summary } from '../shared/statistics.ts';
import { figure, table } from '../shared/table.ts';
import type { Row, ScenarioResult } from './results.ts';
import type { Verdict } from './targets.ts';

/** One scenario as a table in plain text. */
export function scenarioTable({ title, unit, load, floor, peer, rounds, rows }: ScenarioResult): string {
  const compared = peer === undefined ? `“${floor}”` : `“${floor}” and to “${peer}”`;
  const caption = `${title}\n${rounds} interleaved rounds; ratios to ${compared}, median of the rounds; load average ${figure(load)}`;
  const per = unit === 'runs' ? 'run' : 'commit';
  const header = [
    'contender',
    'committed',
    `${unit}/s`,
    'p10–p90',
    `transactions a ${per}`,
    `log a ${per}`,
    `client CPU a ${per}`,
    'to floor',
  ];
  const peerHeader = peer === undefined ? [] : ['to peer', 'p10–p90'];
  return `${caption}\n\n${table([[...header, ...peerHeader], ...rows.map(cells)])}`;
}

function cells({ name, durability, rate, cpu, transactions, logged, toFloor, toPeer }: Row): string[] {
  const cost = [optional(transactions, ''), optional(logged === undefined ? undefined : logged / 1024, ' KiB'), `${figure(cpu)} µs`];
  const speed = [figure(rate.median), spread(rate)];
  return [
    name,
    durability,
    ...speed,
    ...cost,
    `${figure(toFloor.median)} ×`,
    ...(toPeer ? [`${figure(toPeer.median)} ×`, spread(toPeer)] : []),
  ];
}

/** What was aimed for, and what we got. */
export function targetTable(verdicts: readonly Verdict[]): string {
  const header = ['target', 'aim', 'got', ''];
  const rows = verdicts.map(({ what, unit, aim, got, verdict }) => [what, `≥ ${figure(aim)} ${unit}`, `${figure(got)} ${unit}`, verdict]);
  return `Targets\n\n${table([header, ...rows])}`;
}

function spread({ p10, p90 }: Summary): string {
  return `${figure(p10)}–${figure(p90)}`;
}

function optional(value: number | undefined, unit: string): string {
  return value === undefined ? '–' : `${figure(value)}${unit}`;
}
