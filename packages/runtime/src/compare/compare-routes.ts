import type { RouteStep, TaskRoute } from './task-routes.ts';
import { areEqual, type ValueChange, valueChanges } from './value-changes.ts';

/** The same thing in two runs. */
export interface Sides<T> {
  left: T;
  right: T;
}

/**
 * Why the routes of a task are not the same, the first that applies. `task`: only one of the runs has it. `missing`: one performed a step
 * more. Another `node`, `outcome`, `label`, `output` or `error` of a step. `end`: the steps are the same, and the task ended otherwise.
 */
export type DivergenceReason = 'task' | 'missing' | 'node' | 'outcome' | 'label' | 'output' | 'error' | 'end';

/** The first place where the routes of a task differ. */
export interface Divergence extends Sides<RouteStep | null> {
  task: string;
  /** How many steps before it are the same. */
  index: number;
  /** Its place in the history in which it comes earlier; of what is missing, where the task was made or ended. */
  position: number;
  reason: DivergenceReason;
  /** From the output on the left to that on the right. */
  changes: readonly ValueChange[];
}

/** The route of one task in two runs; null where there is no such task. */
export interface TaskComparison extends Sides<TaskRoute | null> {
  task: string;
  /** The first step that differs in anything; null if none does. */
  divergence: Divergence | null;
  /** The first step that differs in more than what it put out: from here on the task took another way. */
  parting: Divergence | null;
  /** The indexes of all steps that differ in anything. */
  differing: readonly number[];
}

/** The routes of two runs. */
export interface RouteComparison {
  /** Of all tasks the first; null if there is none. */
  divergence: Divergence | null;
  parting: Divergence | null;
  tasks: readonly TaskComparison[];
}

type Routes = ReadonlyMap<string, TaskRoute>;

/** Follows the tasks of two runs side by side. Tasks are matched by their lineage, and steps by their order in the task. */
export function compareRoutes({ left, right }: Sides<Routes>): RouteComparison {
  const ids = new Set([...left.keys(), ...right.keys()]);
  const tasks = [...ids].map((task) => compareTask(task, { left: left.get(task) ?? null, right: right.get(task) ?? null }));
  return { divergence: earliest(tasks, 'divergence'), parting: earliest(tasks, 'parting'), tasks };
}

function compareTask(task: string, sides: Sides<TaskRoute | null>): TaskComparison {
  const divergence = firstDivergence(task, sides, anyReason);
  const parting = divergence && firstDivergence(task, sides, (reason) => reason !== 'output' && reason !== 'error');
  const pairs = stepPairs(sides);
  const differing = [...pairs.keys()].filter((index) => reasonOf(pairs[index] ?? nothing, anyReason));
  return { task, ...sides, divergence, parting, differing };
}

type StepPair = Sides<RouteStep | null>;

const nothing: StepPair = { left: null, right: null };

function stepPairs({ left, right }: Sides<TaskRoute | null>): StepPair[] {
  const length = Math.max(left?.steps.length ?? 0, right?.steps.length ?? 0);
  return Array.from({ length }, (_, index) => ({ left: left?.steps[index] ?? null, right: right?.steps[index] ?? null }));
}

type Matters = (reason: DivergenceReason) => boolean;

const anyReason: Matters = () => true;

function firstDivergence(task: string, sides: Sides<TaskRoute | null>, matters: Matters): Divergence | null {
  const { left, right } = sides;
  const pairs = stepPairs(sides);
  if (!left || !right) {
    const place = { index: 0, position: earlier(left?.born, right?.born) };
    return { task, ...place, reason: 'task', ...(pairs[0] ?? nothing), changes: [] };
  }
  for (const [index, pair] of pairs.entries()) {
    const reason = reasonOf(pair, matters);
    if (!reason) continue;
    const position = earlier(pair.left?.position ?? left.ended, pair.right?.position ?? right.ended);
    return { task, index, position, reason, ...pair, changes: valueChanges(pair.left?.output, pair.right?.output) };
  }
  if (endsAlike(left, right)) return null;
  return { task, index: pairs.length, position: earlier(left.ended, right.ended), reason: 'end', ...nothing, changes: [] };
}

function earlier(...positions: (number | null | undefined)[]): number {
  return Math.min(...positions.flatMap((position) => position ?? []));
}

function reasonOf({ left, right }: StepPair, matters: Matters): DivergenceReason | undefined {
  if (!left || !right) return 'missing';
  const differences: [DivergenceReason, boolean][] = [
    ['node', left.node !== right.node],
    ['outcome', left.outcome !== right.outcome],
    ['label', left.label !== right.label],
    ['output', matters('output') && !areEqual(left.output, right.output)],
    ['error', left.error?.code !== right.error?.code || left.error?.message !== right.error?.message],
  ];
  return differences.find(([reason, differs]) => differs && matters(reason))?.[0];
}

function endsAlike(left: TaskRoute, right: TaskRoute): boolean {
  return left.end === right.end && left.outcome === right.outcome && left.exit === right.exit;
}

/** What comes first in either history: where a task goes another way because of it stands behind it in both. */
function earliest(tasks: readonly TaskComparison[], which: 'divergence' | 'parting'): Divergence | null {
  const found = tasks.flatMap((task) => task[which] ?? []);
  return found.toSorted((a, b) => a.position - b.position || (a.task < b.task ? -1 : 1))[0] ?? null;
}
