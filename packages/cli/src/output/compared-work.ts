import type { CallComparison, NodeTimes, RunComparison } from '@espalier/platform';
import { oneLine } from './printable.ts';
import { durationText } from './quantities.ts';
import { type Pair, sideBySide } from './side-by-side.ts';
import { type Cell, table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { truncateMiddle } from './text-width.ts';

type Layout = Pick<Terminal, 'width' | 'style'>;

const mostNodes = 12;
const longestTarget = 28;

/** What two runs took, node by node, and what they called. */
export function comparedWork({ nodes, calls }: RunComparison, layout: Layout): string {
  return [timesTable(nodes, layout), callsTable(calls, layout)].filter((part) => part !== '').join('\n');
}

/** The nodes that were timed in one of the runs, those first whose times differ most. */
function timesTable(nodes: readonly NodeTimes[], { width, style }: Layout): string {
  const timed = nodes.filter(({ left, right }) => (left?.total_ms ?? null) !== null || (right?.total_ms ?? null) !== null);
  if (timed.length === 0) return '';
  const apart = ({ left, right }: NodeTimes) => (right?.total_ms ?? 0) - (left?.total_ms ?? 0);
  const sorted = timed.toSorted((a, b) => Math.abs(apart(b)) - Math.abs(apart(a)));
  const rows = sorted.slice(0, mostNodes).map((node): Cell[] => {
    const ms = node.left && node.right ? apart(node) : null;
    const difference = ms === null ? '' : `${ms > 0 ? '+' : ms < 0 ? '-' : ''}${durationText(Math.abs(ms))}`;
    return [
      node.node,
      { text: timeCell(node.left), right: true },
      { text: timeCell(node.right), right: true },
      { text: difference, right: true },
    ];
  });
  const head = ['Node', 'Left', 'Right', 'Apart'].map((text, index): Cell => ({ text, paint: style.dim, right: index > 0 }));
  const more = timed.length > mostNodes ? `${style.dim(`  … those of ${timed.length - mostNodes} more are less apart: see --json`)}\n` : '';
  return `${style.bold('Time by node')}\n${table([head, ...rows], { width })}${more}`;
}

function timeCell(times: NodeTimes['left']): string {
  if (!times || times.total_ms === null) return '–';
  return times.completed > 1 ? `${times.completed} × ${durationText(times.total_ms / times.completed)}` : durationText(times.total_ms);
}

/** What was called; waits, in which nobody works, behind the rest. */
function callsTable(calls: readonly CallComparison[], layout: Layout): string {
  if (calls.length === 0) return '';
  const pairs = calls
    .toSorted((a, b) => Number(a.waits) - Number(b.waits))
    .map(({ kind, target, left, right }): Pair => {
      const label = `  ${truncateMiddle(oneLine(kind === target ? kind : `${kind} ${target}`), longestTarget)}`;
      return { label, left: countsText(left), right: countsText(right) };
    });
  return `${layout.style.bold('Calls')}\n${sideBySide(pairs, layout)}`;
}

function countsText({ performed, reused, inherited, refused }: CallComparison['left']): string {
  const parts: [number, string][] = [
    [performed, 'performed'],
    [reused, 'reused'],
    [inherited, 'before the fork'],
    [refused, 'refused'],
  ];
  const some = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return some.length === 0 ? 'none' : some.join(', ');
}
