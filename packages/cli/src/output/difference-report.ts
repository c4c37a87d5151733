import { isJsonObject, type Json } from '@espalier/core';
import type { StateDifference, StatePoint, TaskDifference, ValueChange } from '@espalier/platform';
import { oneLine } from './printable.ts';
import { countText, durationText } from './quantities.ts';
import type { Paint, Style } from './style.ts';
import { labelled } from './table.ts';
import type { Terminal } from './terminal.ts';
import { truncate } from './text-width.ts';
import { changeList, shortValue, valueChangeLines } from './value-change-lines.ts';

type Layout = Pick<Terminal, 'width' | 'style'>;

interface Differing {
  before: StatePoint;
  after: StatePoint;
  difference: StateDifference;
}

const mostTasks = 30;
const mostChanges = 12;

/** What is different between two points of a run: of the run, then task by task. */
export function differenceReport({ before, after, difference }: Differing, layout: Layout): string {
  const { style, width } = layout;
  const pointText = ({ seq, event }: StatePoint) =>
    `event ${seq}, ${event.type}${event.node === null ? '' : ` (${oneLine(event.node)} of ${oneLine(event.task ?? '')})`}`;
  const apart = Math.abs(after.at - before.at);
  const later = apart === 0 ? '' : `, ${durationText(apart)} ${after.at > before.at ? 'later' : 'earlier'}`;
  const head = [
    labelled('Run', style.bold(before.run), style.dim),
    labelled('From', pointText(before), style.dim),
    labelled('To', `${pointText(after)}${later}`, style.dim),
  ].join('');
  // Which tasks are ready and running is said of the tasks themselves.
  const ofRun = difference.run.filter(({ path }) => !/^\/(ready|running)\b/.test(path));
  const tasks = difference.tasks.slice(0, mostTasks).map((task) => taskLines(task, layout));
  const more = difference.tasks.length - mostTasks;
  const parts = [
    head,
    ...(ofRun.length > 0 ? [`${style.bold('Run')}\n${changeList(ofRun, mostChanges, { width, style, indent: 2, whole: 'run' })}`] : []),
    ...(tasks.length > 0
      ? [`${style.bold('Tasks')}\n${tasks.join('')}${more > 0 ? `${style.dim(`  … ${countText(more, 'more task')}: see --json`)}\n` : ''}`]
      : []),
    ...(difference.run.length + difference.tasks.length === 0 ? ['The states are the same.\n'] : []),
  ];
  return parts.join('\n');
}

function taskLines(difference: TaskDifference, { width, style }: Layout): string {
  const { symbol, paint, text } = headOf(difference, style);
  const head = `  ${paint(symbol)} ${style.bold(oneLine(difference.task))}  ${oneLine(text)}\n`;
  const layout = { width, style, indent: 6, whole: 'value' };
  const memory = partOf(difference.changes, 'memory')
    .flatMap(itemsOf)
    .map((change) => memoryLine(change, { width, style }));
  const others = ['error', 'reason'].flatMap((part) =>
    partOf(difference.changes, part).map((change) => ({ ...change, path: `${part}${change.path}` })),
  );
  const calls = partOf(difference.changes, 'effects')
    .flatMap(itemsOf)
    .map((change) => callLine(change, { width, style }));
  return [
    head,
    changeList(partOf(difference.changes, 'value'), mostChanges, layout),
    calls.join(''),
    memory.slice(0, mostChanges).join(''),
    changeList(others, mostChanges, layout),
  ].join('');
}

function headOf({ kind, before, after }: TaskDifference, style: Style): { symbol: string; paint: Paint; text: string } {
  const to = after ? `${after.node}, ${after.end === 'completed' ? `completed, ${after.outcome}` : (after.end ?? after.phase)}` : '';
  switch (kind) {
    case 'appeared':
      return { symbol: '+', paint: style.green, text: `appeared at ${to}` };
    case 'vanished':
      return { symbol: '-', paint: style.red, text: `is not there; it was at ${before?.node}` };
    case 'ended':
      return { symbol: '■', paint: style.cyan, text: before?.node === after?.node ? `ended at ${to}` : `${before?.node} → ${to}` };
    case 'moved':
      return { symbol: '→', paint: style.cyan, text: `${before?.node} → ${to}` };
    case 'changed':
      return {
        symbol: '~',
        paint: style.yellow,
        text: `at ${after?.node}, ${before?.phase === after?.phase ? after?.phase : `${before?.phase} → ${to.split(', ')[1]}`}`,
      };
  }
}

/** The changes of one part of a task, with paths that begin there. A task that appeared or vanished did so with all its parts. */
function partOf(changes: readonly ValueChange[], part: string): ValueChange[] {
  return changes.flatMap((change): ValueChange[] => {
    if (change.path === `/${part}` || change.path.startsWith(`/${part}/`)) return [{ ...change, path: change.path.slice(part.length + 1) }];
    if (change.path !== '' || change.op === 'replace') return [];
    const whole = change.op === 'add' ? change.after : change.before;
    const value = isJsonObject(whole) ? whole[part] : undefined;
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    return [change.op === 'add' ? { op: 'add', path: '', after: value } : { op: 'remove', path: '', before: value }];
  });
}

/** A list that appeared or vanished as its items, each by itself. */
function itemsOf(change: ValueChange): ValueChange[] {
  if (change.path !== '' || change.op === 'replace') return [change];
  const list = change.op === 'add' ? change.after : change.before;
  if (!Array.isArray(list)) return [change];
  return list.map((item, index) => {
    const path = `/${index}`;
    return change.op === 'add' ? { op: 'add', path, after: item } : { op: 'remove', path, before: item };
  });
}

function memoryLine(change: ValueChange, { width, style }: Layout): string {
  const entry = change.op === 'add' && /^\/\d+$/.test(change.path) ? change.after : undefined;
  if (!isJsonObject(entry)) return valueChangeLines(change, { width, style, indent: 6, whole: 'memory' });
  const text = `+ remembers ${oneLine(String(entry.node))}`;
  return `      ${style.green(text)}  ${style.dim(truncate(shortValue(entry.output ?? null), width - text.length - 8))}\n`;
}

function callLine(change: ValueChange, { width, style }: Layout): string {
  if (change.op === 'remove' && /^\/\d+$/.test(change.path)) return '';
  const call: Json | undefined = change.op === 'add' && /^\/\d+$/.test(change.path) ? change.after : undefined;
  if (!isJsonObject(call)) return valueChangeLines({ ...change, path: `call${change.path}` }, { width, style, indent: 6, whole: 'calls' });
  const state = call.result === undefined ? 'open' : 'answered';
  return `      ${style.green('+')} ${truncate(oneLine(`calls ${String(call.kind)} ${String(call.target)}, ${state}`), width - 8)}\n`;
}
