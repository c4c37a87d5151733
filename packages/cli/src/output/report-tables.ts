import type { JournalEvent, JsonObject } from '@espalier/core';
import type { RunReport } from '@espalier/platform';
import { ActivityLog } from '../activity/activity-log.ts';
import type { EndedVisit } from '../activity/visit.ts';
import { callSummary } from './call-summary.ts';
import { correctedFaults, modelDetails, routesOf } from './call-words.ts';
import { outcomePaint, outcomeSymbol } from './outcome-symbol.ts';
import { durationText, sizeText } from './quantities.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Every visit of a task to a node, in the order in which they ended, and what is under way. */
export function historyTable({ events }: RunReport, { width, style }: Terminal): string {
  const log = new ActivityLog();
  const ended = events.flatMap((event) => log.observe(event) ?? []);
  const rows = [
    ...ended.map((visit) => historyRow(visit, style)),
    ...log.underWay.map((visit): Cell[] => ['', visit.task, { text: `… ${visit.node}`, paint: style.cyan }, '', 'under way']),
  ];
  return table(rows, { width, indent: 0, head: { titles: ['Event', 'Task', 'Node', 'Took', 'Detail'], paint: style.dim } });
}

function historyRow(visit: EndedVisit, style: Style): Cell[] {
  const { seq, at, startedAt, task, node, outcome } = visit;
  const took = startedAt === undefined ? '' : durationText(at - startedAt);
  return [
    { text: String(seq), right: true, paint: style.dim },
    task,
    { text: `${outcomeSymbol(outcome)} ${node}`, paint: outcomePaint(outcome, style) },
    { text: took, right: true },
    detailOf(visit),
  ];
}

function detailOf(visit: EndedVisit): string {
  const { label, error, reason, calls } = visit;
  return [
    ...(label === undefined ? [] : [`→ ${label}`]),
    ...modelDetails(visit),
    ...routesOf(visit),
    ...correctedFaults(visit),
    ...calls.filter((call) => call.kind === 'tool').map(callSummary),
    ...(error ? [`${error.code}: ${error.message}`] : []),
    ...(reason === undefined ? [] : [reason]),
  ].join(' · ');
}

/** Every event on a line: its number, milliseconds since the first, type, and the beginning of its payload. */
export function eventTable({ events }: RunReport, { width, style }: Terminal): string {
  const start = events[0]?.at ?? 0;
  const rows = events.map((event): Cell[] => [
    { text: String(event.seq), right: true, paint: style.dim },
    { text: `+${event.at - start} ms`, right: true, paint: style.dim },
    event.type,
    payloadText(event),
  ]);
  return table(rows, { width, indent: 0, head: { titles: ['Event', 'Time', 'Type', 'Payload'], paint: style.dim } });
}

/** Where it happened first, the rest as JSON. */
function payloadText({ payload }: JournalEvent): string {
  const { task, node, ...rest }: JsonObject = JSON.parse(JSON.stringify(payload));
  const place = [task, node].filter((part) => typeof part === 'string').join(' @ ');
  const others = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest);
  return [place, others.slice(0, 500)].filter((part) => part !== '').join('  ');
}

/** Every output of the run, in order. */
export function artifactTable({ artifacts }: RunReport, { width, style }: Terminal): string {
  if (artifacts.length === 0) return 'The run has produced nothing.\n';
  const rows = artifacts.map(({ seq, type, name, task, size, hash }): Cell[] => [
    { text: String(seq), right: true, paint: style.dim },
    type,
    name,
    { text: sizeText(size), right: true },
    hash.slice(0, 12),
    task,
  ]);
  return table(rows, { width, indent: 0, head: { titles: ['Event', 'Type', 'Name', 'Size', 'Hash', 'Task'], paint: style.dim } });
}
