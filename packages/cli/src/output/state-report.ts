import type { StateSnapshot, TaskSnapshot } from '@espalier/core';
import type { StatePoint } from '@espalier/platform';
import { oneLine } from './printable.ts';
import { countText, timeText } from './quantities.ts';
import { type Cell, labelled, table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { shortValue } from './value-change-lines.ts';
import { indented } from './wrap-text.ts';

type Layout = Pick<Terminal, 'width' | 'style'>;

const mostTasks = 40;
const mostEntries = 10;

/** Where every task of a run was after an event, what it held, what it was waiting for and what it remembered. */
export function stateReport({ state, seq, event, at }: StatePoint, { width, style }: Layout): string {
  const tasks = Object.entries(state.tasks);
  const alive = tasks.filter(([, task]) => task.end === undefined);
  const place = [event.node, event.task].filter((part) => part !== null).join(' of ');
  const head = [
    labelled('At', `event ${seq}, ${event.type}${place === '' ? '' : ` (${oneLine(place)})`}, ${timeText(at)}`, style.dim),
    labelled('Tasks', `${countText(alive.length, 'task')} alive, ${tasks.length - alive.length} ended`, style.dim),
    ...requestsOf(state).map((text) => indented(text, 9, width)),
  ];
  // A run that has ended still has its root task to show.
  const shown = alive.length > 0 ? alive : tasks.slice(0, 1);
  const parts = [
    head.join(''),
    taskTable(shown, { width, style }),
    effectTable(shown, { width, style }),
    memoryTable(shown, { width, style }),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function requestsOf({ stop, steps }: StateSnapshot): string[] {
  return [
    ...(stop?.kind === 'cancel' ? [`It was asked to end: ${stop.reason}`] : []),
    ...(stop?.kind === 'deadline' ? ['Its deadline has passed: it is about to end.'] : []),
    ...(steps === undefined ? [] : [`It may perform ${countText(steps, 'more node')} although it is paused.`]),
  ];
}

type Tasks = readonly (readonly [string, TaskSnapshot])[];

function taskTable(tasks: Tasks, { width, style }: Layout): string {
  const rows = tasks.slice(0, mostTasks).map(([id, { at, phase, end, value }]): Cell[] => {
    return [id, at, { text: end ?? phase, paint: phase === 'running' ? style.cyan : style.dim }, shortValue(value)];
  });
  const head = { titles: ['Task', 'Node', 'Phase', 'Value'], paint: style.dim };
  const more = tasks.length - mostTasks;
  return table(rows, { width, indent: 0, head }) + (more > 0 ? `${style.dim(`… ${countText(more, 'more task')}: see --json`)}\n` : '');
}

/** What the tasks have asked for at the nodes where they are. */
function effectTable(tasks: Tasks, { width, style }: Layout): string {
  const rows = tasks.flatMap(([id, { effects }]) =>
    effects.map(({ kind, target, try: attempt, dueAt, result }): Cell[] => {
      const state = result?.outcome ?? (dueAt === undefined ? 'open' : `until ${timeText(dueAt)}`);
      return [id, kind, target, attempt > 1 ? `${state}, try ${attempt}` : state];
    }),
  );
  if (rows.length === 0) return '';
  return table(rows, { width, indent: 0, head: { titles: ['Task', 'Call', 'Of', 'State'], paint: style.dim } });
}

/** What the tasks have put out so far; those that come from one see its entries too. */
function memoryTable(tasks: Tasks, { width, style }: Layout): string {
  const entries = tasks.flatMap(([id, { memory }]) => memory.map((entry) => ({ id, entry })));
  if (entries.length === 0) return '';
  const rows = entries.slice(-mostEntries).map(({ id, entry }): Cell[] => {
    return [id, entry.node, { text: String(entry.seq), right: true, paint: style.dim }, shortValue(entry.output)];
  });
  const more = entries.length - mostEntries;
  const note = more > 0 ? `${style.dim(`… ${countText(more, 'older one')}: see --json`)}\n` : '';
  return table(rows, { width, indent: 0, head: { titles: ['Remembered by', 'Node', 'Event', 'Output'], paint: style.dim } }) + note;
}
