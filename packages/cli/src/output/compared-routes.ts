import type { Divergence, RouteStep, RunComparison, TaskComparison, TaskRoute } from '@espalier/platform';
import { outcomePaint, outcomeSymbol } from './outcome-symbol.ts';
import { oneLine } from './printable.ts';
import { countText } from './quantities.ts';
import { type Pair, sideBySide } from './side-by-side.ts';
import { type Paint, paintLines, type Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { changeList } from './value-change-lines.ts';
import { indented } from './wrap-text.ts';

type Layout = Pick<Terminal, 'width' | 'style'>;

const mostTasks = 10;
const mostSteps = 20;
const mostChanges = 12;
/** So many of the steps that are the same are shown before one that differs. */
const shownBefore = 2;

/** Where the tasks of two runs went: the first difference, where their ways part, and the routes of the tasks that differ. */
export function comparedRoutes(route: RunComparison['route'], layout: Layout): string {
  const { divergence, tasks } = route;
  const { style, width } = layout;
  const differing = tasks.filter((task) => task.divergence).toSorted((a, b) => positionOf(a) - positionOf(b));
  const alike = tasks.filter((task) => !task.divergence).map(({ task }) => task);
  const head = divergence
    ? divergenceText('First difference', { divergence, route }, layout) + laterParting({ divergence, route }, layout)
    : `${style.green('The routes are the same')}${style.dim(`: ${countText(tasks.length, 'task')}, every step and every output`)}\n`;
  const more = differing.length - mostTasks;
  const notes = [
    ...(more > 0 ? [`… ${countText(more, 'more task')} that differ: see --json`] : []),
    ...(alike.length > 0 && divergence ? [`${countText(alike.length, 'task')} the same: ${oneLine(alike.join(', ').slice(0, 500))}`] : []),
  ];
  const routes = differing.slice(0, mostTasks).map((task) => taskRoutes(task, layout));
  const title = routes.length > 0 ? `\n${style.bold('Route')}\n` : '';
  return head + title + routes.join('') + notes.map((note) => paintLines(indented(note, 2, width), style.dim)).join('');
}

function positionOf({ divergence }: TaskComparison): number {
  return divergence?.position ?? Number.POSITIVE_INFINITY;
}

interface Found {
  divergence: Divergence;
  route: RunComparison['route'];
}

function divergenceText(title: string, { divergence, route }: Found, layout: Layout): string {
  const { style, width } = layout;
  const head = indented(`${title}: ${divergenceWords(divergence, route)}`, 0, width).replace(title, style.bold(title));
  const values = divergence.reason === 'output' ? divergence.changes : [];
  return head + changeList(values, mostChanges, { width, style, indent: 2, whole: 'output' });
}

/** Another output is no other way yet. */
function laterParting({ divergence, route }: Found, layout: Layout): string {
  const { parting } = route;
  if (!parting) return `${layout.style.dim('Nevertheless every task took the same way.')}\n`;
  if (parting.task === divergence.task && parting.index === divergence.index) return '';
  return divergenceText('Ways part', { divergence: parting, route }, layout);
}

function divergenceWords({ task, reason, left, right }: Divergence, { tasks }: RunComparison['route']): string {
  const place = (step: RouteStep | null) => `node ${step?.node} of ${task}${step ? ` (event ${step.seq})` : ''}`;
  const events = left && right && left.seq !== right.seq ? `events ${left.seq} and ${right.seq}` : `event ${left?.seq}`;
  const both = `node ${left?.node} of ${task} (${events})`;
  switch (reason) {
    case 'task':
      return `only the run on the ${tasks.find((each) => each.task === task)?.left ? 'left' : 'right'} has the task ${task}`;
    case 'missing':
      return `only the run on the ${left ? 'left' : 'right'} performed ${place(left ?? right)}`;
    case 'node':
      return `${place(left)} on the left, ${place(right)} on the right`;
    case 'outcome':
      return `${both} came to ${left?.outcome} on the left, to ${right?.outcome} on the right`;
    case 'label':
      return `${both} chose ${left?.label ?? 'nothing'} on the left, ${right?.label ?? 'nothing'} on the right`;
    case 'output':
      return `${both} put out something else${left?.edited || right?.edited ? ': the fork was given it' : ''}`;
    case 'error':
      return `${both} failed with ${left?.error?.code ?? 'nothing'} on the left, with ${right?.error?.code ?? 'nothing'} on the right${
        left?.error?.code === right?.error?.code ? ', for another reason' : ''
      }`;
    case 'end':
      return `task ${task} went the same way and ended otherwise`;
  }
}

/** The steps of a task in two columns; most of what is the same before its first difference is summed up. */
function taskRoutes({ task, left, right, divergence, differing }: TaskComparison, layout: Layout): string {
  const { style } = layout;
  const steps = Math.max(left?.steps.length ?? 0, right?.steps.length ?? 0);
  const first = Math.max(0, (divergence?.index ?? 0) - shownBefore);
  const last = Math.min(steps, first + mostSteps);
  const pairs: Pair[] = [];
  for (let index = first; index < last; index += 1) {
    const [one, other] = [left?.steps[index], right?.steps[index]];
    const label = differing.includes(index) ? '  ≠' : '  =';
    pairs.push({ label, left: stepText(one), right: stepText(other), paint: { left: paintOf(one, style), right: paintOf(other, style) } });
  }
  if (last === steps)
    pairs.push({ label: '   ', left: endText(left), right: endText(right), paint: { left: style.dim, right: style.dim } });
  const skipped = first > 0 ? `${style.dim(`  = ${countText(first, 'step')} the same`)}\n` : '';
  const more = last < steps ? `${style.dim(`  … ${countText(steps - last, 'more step')}: see --json`)}\n` : '';
  return `  ${style.bold(oneLine(task))}\n${skipped}${sideBySide(pairs, layout)}${more}`;
}

function stepText(step: RouteStep | undefined): string {
  if (!step) return '';
  const label = step.label === null ? '' : ` → ${step.label}`;
  const error = step.error ? ` ${step.error.code}` : '';
  return oneLine(
    `${outcomeSymbol(step.outcome)} ${step.node}${label}${error}${step.edited ? ' (edited)' : step.inherited ? ' (before the fork)' : ''}`,
  );
}

function paintOf(step: RouteStep | undefined, style: Style): Paint {
  return step ? outcomePaint(step.outcome, style) : style.dim;
}

function endText(route: TaskRoute | null): string {
  if (!route) return 'no such task';
  if (route.end !== 'completed') return route.end ?? 'has not ended';
  return `${route.outcome}${route.exit === null ? '' : ` at ${oneLine(route.exit)}`}`;
}
