import type { Graph } from '@espalier/core';
import type { Call, EndedVisit } from '../activity/visit.ts';
import { callSummary } from './call-summary.ts';
import { modelDetails } from './call-words.ts';
import { outcomePaint, outcomeSymbol } from './outcome-symbol.ts';
import { oneLine } from './printable.ts';
import { durationText } from './quantities.ts';
import { paintLines, type Style } from './style.ts';
import { pad, textWidth, truncate } from './text-width.ts';
import { indented } from './wrap-text.ts';

/** What the lines of one run have in common. */
export interface VisitLayout {
  graph: Graph;
  width: number;
  style: Style;
}

const deepestIndent = 8;
const durationWidth = 9;
const smallestDetail = 18;

/** A line for a visit that is over, then one for each tool that was called and for what went wrong. */
export function visitLines(visit: EndedVisit, layout: VisitLayout): string {
  const { style } = layout;
  const indent = indentOf(visit.task) + 4;
  const tools = visit.calls.filter((call) => call.kind === 'tool');
  const calls = tools.map((call) => callLines(call, indent, layout)).join('');
  const fault = visit.error ? `${visit.error.message} (${visit.error.code})` : visit.reason;
  const paint = visit.outcome === 'cancelled' ? style.dim : style.red;
  return headLine(visit, layout) + calls + (fault === undefined ? '' : paintLines(indented(fault, indent, layout.width), paint));
}

function headLine(visit: EndedVisit, { graph, width, style }: VisitLayout): string {
  const node = graph.byId.get(visit.node);
  const indent = indentOf(visit.task);
  const idWidth = columnOf(graph, (each) => each.id, 24);
  const nameWidth = Math.max(0, nameColumn(graph, width - idWidth) - indent);
  const paint = outcomePaint(visit.outcome, style);
  const symbol = paint(outcomeSymbol(visit.outcome));
  const id = pad(truncate(oneLine(visit.node), idWidth), idWidth);
  const name = pad(truncate(oneLine(node?.manifest.name ?? ''), nameWidth), nameWidth);
  const duration = (visit.startedAt === undefined ? '' : durationText(visit.at - visit.startedAt)).padStart(durationWidth);
  const before = `${' '.repeat(2 + indent)}${symbol} ${style.bold(id)}  ${name}`;
  const room = width - (6 + indent + idWidth + nameWidth + durationWidth) - 2;
  const detail = truncate(oneLine(detailOf(visit)), room);
  const after = `${style.dim(duration)}${detail === '' ? '' : `  ${style.cyan(detail)}`}`;
  return duration.trim() === '' && detail === '' ? `${before.trimEnd()}\n` : `${before}${after}\n`;
}

function detailOf(visit: EndedVisit): string {
  const parts = [lastGeneration(visit.task), ...(visit.label === undefined ? [] : [`→ ${visit.label}`]), ...modelDetails(visit)];
  return parts.filter((part) => part !== '').join(' · ');
}

function callLines(call: Call, indent: number, { style, width }: VisitLayout): string {
  const failed = call.outcome === 'failure';
  const text = `↳ ${truncate(oneLine(callSummary(call)), width - indent - 2)}`;
  const line = `${' '.repeat(indent)}${failed ? style.yellow(text) : style.dim(text)}\n`;
  if (!call.error) return line;
  return line + paintLines(indented(`${call.error.message} (${call.error.code})`, indent + 2, width), style.yellow);
}

/** Two columns for every generation below the root task. */
function indentOf(task: string): number {
  return Math.min(deepestIndent, task.split('/').length - 1) * 2;
}

/** The last part of a lineage, `fork.0` of `root/fork.0`; empty for the root task. */
export function lastGeneration(task: string): string {
  const place = task.lastIndexOf('/');
  return place < 0 ? '' : task.slice(place + 1);
}

function nameColumn(graph: Graph, room: number): number {
  return Math.min(
    columnOf(graph, (node) => node.manifest.name ?? '', 40),
    Math.max(0, room - 8 - durationWidth - smallestDetail),
  );
}

function columnOf(graph: Graph, text: (node: Graph['nodes'][number]) => string, most: number): number {
  return Math.min(most, Math.max(0, ...graph.nodes.slice(0, 1000).map((node) => textWidth(text(node)))));
}
