import type { Profile } from '@espalier/platform';
import { bar, inkOf, laneText, waitingBar } from './plot.ts';
import { oneLine } from './printable.ts';
import { longest, type ProfileRow, type ProfileRows, type ProfileSubject, profileRows } from './profile-rows.ts';
import { type ProfiledRun, profileSummary } from './profile-summary.ts';
import { durationText } from './quantities.ts';
import { type Cell, roomBeside, table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { pad, textWidth, truncateMiddle } from './text-width.ts';

interface ReportOptions extends Pick<Terminal, 'width' | 'style'> {
  by: ProfileSubject;
  /** How many rows at most. */
  top: number;
  /** Whether the terminal has block characters. */
  blocks: boolean;
}

type PlotOptions = Pick<ReportOptions, 'width' | 'style' | 'blocks'>;

const longestName = 30;
const nameShare = 0.3; // of the width
const narrowestBar = 8;

/** Where the time of a run went: in total, as a table with bars, and along its time. */
export function profileReport(profiled: ProfiledRun, options: ReportOptions): string {
  const { profile } = profiled;
  const { style } = options;
  const { titles, rows } = profileRows(profile, options.by);
  const { shown, left } = longest(rows, options.top);
  const note = left === '' ? '' : `${style.dim(`  ${left}`)}\n`;
  const parts = [
    profileSummary(profiled, options),
    `${style.bold('Where the time went')}\n${shares(profile, options)}`,
    `${style.bold(`By ${options.by}`)}\n${timesTable({ titles, rows: shown }, options)}${note}`,
    timeline(shown, profile.duration_ms, options),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function shares({ time, duration_ms: duration }: Profile, { width, style, blocks }: ReportOptions): string {
  const all: [string, number][] = [
    ['effects', time.effects_ms],
    ['waiting', time.waiting_ms],
    ['interrupted', time.interrupted_ms],
    ['paused', time.paused_ms],
    ['engine', time.engine_ms],
  ];
  const some = all.filter(([name, ms]) => ms > 0 || name === 'effects' || name === 'engine');
  const cells = some.map(([name, ms]) => [name, durationText(ms), `${Math.round((100 * ms) / Math.max(1, duration))} %`]);
  const room = Math.max(narrowestBar, roomBeside(cells, width));
  const rows = cells.map(([name = '', ms = '', percent = ''], index): Cell[] => {
    const plot = bar((some[index]?.[1] ?? 0) / Math.max(1, duration), room, inkOf(blocks));
    return [name, { text: ms, right: true }, { text: percent, right: true }, { text: plot, paint: style.cyan }];
  });
  return table(rows, { width });
}

function timesTable({ titles, rows }: ProfileRows, { width, style, blocks }: PlotOptions): string {
  const cells = rows.map((row) => [nameOf(row, width), ...row.cells]);
  const room = roomBeside([titles, ...cells], width);
  // The last column is the total, which the bars show: those before it give way first.
  if (room < narrowestBar && titles.length > 2) return timesTable(withoutColumn({ titles, rows }), { width, style, blocks });
  const most = Math.max(1, ...rows.map((row) => row.totalMs ?? 0));
  const lines = rows.map((row, index): Cell[] => {
    const share = { total: (row.totalMs ?? 0) / most, waiting: row.waitingMs / most };
    const [name = '', ...others] = cells[index] ?? [];
    const paint = row.totalMs === null ? style.dim : undefined;
    return [
      { text: name, ...(paint ? { paint } : {}) },
      ...others.map((text) => ({ text, right: true, ...(paint ? { paint } : {}) })),
      { text: waitingBar(share, Math.max(narrowestBar, room), inkOf(blocks)), paint: style.cyan },
    ];
  });
  const [first = '', ...rest] = titles;
  const head = [{ text: first, paint: style.dim }, ...rest.map((text) => ({ text, paint: style.dim, right: true })), ''];
  const untimed = rows.some((row) => row.totalMs === null) ? `${style.dim('  – not timed: done at once or refused')}\n` : '';
  return table([head, ...lines], { width }) + untimed;
}

/** The rows as lanes along the time of the run, in the order in which they began. */
function timeline(rows: readonly ProfileRow[], duration: number, { width, style, blocks }: ReportOptions): string {
  const beginning = ({ solid, light }: ProfileRow) => Math.min(solid[0]?.start_ms ?? duration, light[0]?.start_ms ?? duration);
  const timed = rows.filter((row) => row.solid.length + row.light.length > 0).toSorted((a, b) => beginning(a) - beginning(b));
  if (timed.length === 0) return '';
  const names = Math.max(8, ...timed.map((row) => textWidth(nameOf(row, width))));
  const room = width - names - 4;
  const end = durationText(duration);
  const axis = `  ${' '.repeat(names)}  0${end.padStart(room - 1)}`;
  const lanes = timed.map((row) => {
    return `  ${pad(nameOf(row, width), names)}  ${style.cyan(laneText(row, { duration, width: room, ink: inkOf(blocks) }))}\n`;
  });
  return `${style.bold('Timeline')}\n${style.dim(axis)}\n${lanes.join('')}`;
}

function withoutColumn({ titles, rows }: ProfileRows): ProfileRows {
  const column = titles.length - 2;
  return {
    titles: titles.toSpliced(column, 1),
    rows: rows.map((row) => ({ ...row, cells: row.cells.toSpliced(column - 1, 1) })),
  };
}

function nameOf({ name }: ProfileRow, width: number): string {
  return truncateMiddle(oneLine(name), Math.min(longestName, Math.floor(width * nameShare)));
}
