import type { JournalEvent } from '@espalier/core';
import type { RunReport } from '@espalier/platform';
import { costsOf } from '../activity/run-costs.ts';
import { elapsedMs } from '../activity/run-summary.ts';
import { warningOf } from './budget-words.ts';
import { costLines } from './cost-lines.ts';
import { outcomePaint } from './outcome-symbol.ts';
import { oneLine } from './printable.ts';
import { countText, durationText, sizeText, timeText } from './quantities.ts';
import { labelled } from './table.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wrap-text.ts';

/** What a run is, how it stands, and how much it did. */
export function reportSummary(report: RunReport, { style, width }: Terminal): string {
  const { run, workflow, status, result, events, artifacts } = report;
  const started = events[0]?.type === 'run.started' ? events[0] : undefined;
  const outcome = result.outcome === undefined ? '' : outcomePaint(result.outcome, style)(result.outcome);
  const ending = [status, outcome, result.exit === undefined ? '' : `exit ${oneLine(result.exit)}`].filter((part) => part !== '');
  const files = artifacts.filter((artifact) => artifact.type === 'file');
  return [
    labelled('Run', style.bold(run), style.dim),
    labelled('Workflow', `${oneLine(workflow.id)}  ${workflow.hash.slice(0, 12)}`, style.dim),
    labelled('Status', ending.join(', '), style.dim),
    ...(result.reason === undefined ? [] : [indented(result.reason, 9, width)]),
    ...(started ? [labelled('Started', startedText(started), style.dim)] : []),
    ...(report.forkedFrom ? [labelled('Forked', `from ${report.forkedFrom.run} at event ${report.forkedFrom.seq}`, style.dim)] : []),
    labelled('Took', `${durationText(elapsedMs(events))}, ${countText(events.length, 'event')}`, style.dim),
    labelled('Work', workText(events), style.dim),
    costLines(costsOf(events), style),
    ...events.map((event) => warningLine(event, { style, width })),
    ...(started ? [labelled('Engine', oneLine(started.payload.metadata.engine_version), style.dim)] : []),
    ...files.map(({ name, size }) => labelled('File', `${oneLine(name)}  (${sizeText(size)})`, style.dim)),
  ].join('');
}

/** What a person ought to know of budgets and circuits. */
function warningLine(event: JournalEvent, { style, width }: Pick<Terminal, 'style' | 'width'>): string {
  const text = warningOf(event);
  return text === undefined ? '' : labelled('Warning', indented(`${text}, at event ${event.seq}`, 9, width).trim(), style.yellow);
}

/** Who started it, and the conversation that it belongs to. */
function startedText({ at, payload: { start, user, session } }: JournalEvent & { type: 'run.started' }): string {
  const who = user === undefined ? '' : ` by ${oneLine(user)}`;
  return `${timeText(at)} at ${oneLine(start)}${who}${session === undefined ? '' : ` in session ${oneLine(session)}`}`;
}

function workText(events: readonly JournalEvent[]): string {
  const nodes = events.filter((event) => event.type === 'node.completed').length;
  const calls = (kind: string) =>
    events.filter((event) => event.type === 'effect.started' && event.payload.kind === kind && event.payload.try === 1).length;
  const reused = events.filter((event) => event.type === 'effect.completed' && event.payload.reused_from).length;
  const counts = [countText(nodes, 'node'), countText(calls('model'), 'model call'), countText(calls('tool'), 'tool call')];
  return [...counts, ...(reused > 0 ? [`${countText(reused, 'result')} reused`] : [])].join(', ');
}
