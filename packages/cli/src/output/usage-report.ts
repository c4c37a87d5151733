import { usdText } from '@espalier/core';
import type { UsageGroup, UsageRow } from '@espalier/platform';
import { inkOf, waitingBar } from './plot.ts';
import { oneLine } from './printable.ts';
import { countText } from './quantities.ts';
import { paintLines } from './style.ts';
import { type Cell, roomBeside, table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { truncateMiddle } from './text-width.ts';
import { indented } from './wrap-text.ts';

interface ReportOptions extends Pick<Terminal, 'width' | 'style'> {
  /** Whether the terminal has block characters. */
  blocks: boolean;
}

/** What was used and what it cost. */
export interface Usage {
  by: UsageGroup;
  rows: readonly UsageRow[];
  /** Of all there is, also of what is not listed. */
  total: UsageRow;
}

const longestName = 30;
const narrowestBar = 8;
const widestBar = 40;

/** What was used and what it cost as a table with bars, whose last part is light where it is assumed, its sum, and a note on that. */
export function usageReport(usage: Usage, options: ReportOptions): string {
  const { width, style } = options;
  const note = assumedNote(usage.total);
  return usageTable(usage, options) + (note === '' ? '' : `\n${paintLines(indented(note, 0, width), style.yellow)}`);
}

function usageTable({ by, rows, total }: Usage, { width, style, blocks }: ReportOptions): string {
  const columns = columnsOf(by, total);
  const titles = columns.map(({ title }) => title);
  const texts = rows.map((row) => columns.map(({ text }) => text(row)));
  const isPart = sumOf(rows).requests < total.requests;
  const sum = [isPart ? 'All, also the rest' : 'All', ...columns.slice(1).map(({ text }) => text(total))];
  const room = Math.min(widestBar, roomBeside([titles, ...texts, sum], width + 2));
  const most = rows.reduce((largest, { cost }) => (cost > largest ? cost : largest), 0n);
  const bars = rows.map(({ cost, assumed }): Cell[] => {
    if (room < narrowestBar || most === 0n) return [];
    const share = { total: shareOf(cost, most), waiting: shareOf(assumed, most) };
    return [{ text: waitingBar(share, room, inkOf(blocks)), paint: style.cyan }];
  });
  const cells = (line: readonly string[], paint = plain) => line.map((text, column): Cell => ({ text, right: column > 0, paint }));
  const lines = texts.map((line, index) => [...cells(line), ...(bars[index] ?? [])]);
  return table([cells(titles, style.dim), ...lines, cells(sum, style.bold)], { width: Math.max(width, 60), indent: 0 });
}

interface Column {
  title: string;
  text(row: UsageRow): string;
}

/** Columns without a value anywhere are left out. */
function columnsOf(by: UsageGroup, total: UsageRow): Column[] {
  const count = (of: (row: UsageRow) => number | undefined) => (row: UsageRow) => (of(row) ?? 0).toLocaleString('en');
  const all: (Column | undefined)[] = [
    { title: titleOf(by), text: (row) => nameOf(row, by) },
    { title: 'Requests', text: count(({ requests }) => requests) },
    { title: 'Input', text: count(({ input_tokens: tokens }) => tokens) },
    total.cache_read_tokens ? { title: 'Cached', text: count(({ cache_read_tokens: tokens }) => tokens) } : undefined,
    { title: 'Output', text: count(({ output_tokens: tokens }) => tokens) },
    { title: 'Cost', text: ({ cost }) => (cost === 0n ? 'nothing' : usdText(cost)) },
    total.assumed_requests > 0 ? { title: 'Assumed', text: ({ assumed }) => (assumed === 0n ? '' : usdText(assumed)) } : undefined,
  ];
  return all.filter((column) => column !== undefined);
}

function titleOf(by: UsageGroup): string {
  return by === 'cost_centre' ? 'Cost centre' : by.charAt(0).toUpperCase() + by.slice(1);
}

function nameOf({ group }: UsageRow, by: UsageGroup): string {
  if (group !== '') return truncateMiddle(oneLine(group), longestName);
  return by === 'user' ? '(nobody)' : '(none)';
}

/** To the ten-thousandth; what cost anything at all has a share. */
function shareOf(cost: bigint, most: bigint): number {
  return cost === 0n ? 0 : Math.max(1, Number((cost * 10_000n) / most)) / 10_000;
}

function assumedNote({ assumed, assumed_requests: requests }: UsageRow): string {
  if (requests === 0) return '';
  return `Assumed: nobody knows what ${countText(requests, 'request')} used that broke off, so all that was set aside counts as spent, ${usdText(assumed)}.`;
}

/** Rows as one. */
export function sumOf(rows: readonly UsageRow[]): UsageRow {
  const sum = (count: (row: UsageRow) => number | undefined) => rows.reduce((all, row) => all + (count(row) ?? 0), 0);
  return {
    group: '',
    requests: sum((row) => row.requests),
    input_tokens: sum((row) => row.input_tokens),
    output_tokens: sum((row) => row.output_tokens),
    cache_read_tokens: sum((row) => row.cache_read_tokens),
    cache_write_tokens: sum((row) => row.cache_write_tokens),
    reasoning_tokens: sum((row) => row.reasoning_tokens),
    cost: rows.reduce((all, { cost }) => all + cost, 0n),
    assumed: rows.reduce((all, { assumed }) => all + assumed, 0n),
    assumed_requests: sum((row) => row.assumed_requests),
  };
}

function plain(text: string): string {
  return text;
}
