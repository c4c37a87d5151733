import type { JournalEvent } from '@espalier/core';
import type { Violation } from './evidence.ts';
import type { Remains } from './torture.ts';

/** How many violations are shown: the rest mostly comes of the first. */
const shown = 20;

/** What was done and what came of it, so that nobody takes a torture without pain for a proof. */
export function describeRemains({ ledger, evidence }: Remains): string {
  const { kills, faults, stalls, drains, readerKills, cuts } = ledger;
  const { runs, performances, log, readings } = evidence;
  const journals = runs.flatMap(({ journal }) => journal);
  const ofType = (wanted: JournalEvent['type']) => journals.filter(({ type }) => type === wanted).length;
  const codes = journals.flatMap((event) => (event.type === 'effect.completed' ? [event.payload.error?.code] : []));
  const withCode = (code: string) => codes.filter((found) => found === code).length;
  const endings = [...Map.groupBy(runs, ({ row }) => row.outcome ?? row.status)].map(([end, of]) => `${of.length} ${end}`);
  const seenAgain = readings.reduce((sum, { seen }) => sum + seen.length - new Set(seen).size, 0);
  const begun = performances.filter(({ what }) => what === 'begin').length;
  return [
    `${kills} kills (${faults.statement} at a statement, ${faults.handler} in a handler), ${stalls} stalls, ${drains} drains`,
    `${readerKills} killed readers, ${cuts} cut connections, ${ofType('run.paused')} pauses, ${ofType('run.deadline_passed')} deadlines`,
    `${runs.length} runs (${endings.join(', ')}), ${log.length} events, ${seenAgain} of them handed out again`,
    `${begun} performances, ${withCode('effect.outcome_unknown')} with unknown outcome, ${withCode('effect.cancelled')} effects abandoned`,
  ].join('\n  ');
}

export function describeViolations(violations: readonly Violation[]): string {
  const lines = violations.slice(0, shown).map(({ rule, run, message, events }) => {
    const where = [...(run ? [run] : []), ...(events?.length ? [`events ${events.join(', ')}`] : [])].join(', ');
    return `  ${rule}${where ? ` (${where})` : ''}: ${message}`;
  });
  const counts = [...Map.groupBy(violations, ({ rule }) => rule)].map(([rule, of]) => `${rule} ${of.length}`);
  const more = violations.length > shown ? [`  and ${violations.length - shown} more: ${counts.join(', ')} in all`] : [];
  return [...lines, ...more].join('\n');
}
