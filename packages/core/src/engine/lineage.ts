import type { GraphNode } from '../graph/graph.ts';
import type { MemoryEntry, Task } from './state.ts';

/** The id of the `index`-th task that `parent` derives at `opener` (S1). */
export function derivedId(parent: Task, opener: GraphNode, index: number): string {
  return `${parent.id}/${opener.id}.${index}`;
}

/** Merge input order: the merge's incoming edges in file order, then lineage (S18). Never arrival. */
export function inMergeOrder(merge: GraphNode, tasks: readonly Task[]): Task[] {
  const edgeOf = new Map<GraphNode, number>();
  merge.in.forEach((edge, position) => {
    if (!edgeOf.has(edge.from)) edgeOf.set(edge.from, position);
  });
  const edge = (task: Task) => (task.from === undefined ? -1 : (edgeOf.get(task.from) ?? -1));
  return [...tasks].sort((a, b) => edge(a) - edge(b) || compareLineage(a, b));
}

/** Older siblings first, at the generation where two lineages part. */
function compareLineage(left: Task, right: Task): number {
  const [a, b] = [ancestors(left), ancestors(right)];
  for (let depth = 0; depth < Math.min(a.length, b.length); depth += 1) {
    const difference = (a[depth] as Task).index - (b[depth] as Task).index;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The task and its ancestors, the root task first. */
function ancestors(task: Task): Task[] {
  const line: Task[] = [];
  for (let next: Task | undefined = task; next; next = next.parent) line.push(next);
  return line.reverse();
}

/** What a task may read of task memory: its own entries and, up to where it was derived, its ancestors' (S28). Oldest first. */
export function memoryOf(task: Task): MemoryEntry[] {
  const above = task.bornIn ? memoryOf(task.bornIn.parent).slice(0, inherited(task.bornIn.parent) + task.bornIn.known) : [];
  return [...above, ...task.memory];
}

/** The entries of `tasks` and of the tasks between them and `ancestor`, in the order of `tasks`, each once. */
export function memoryBelow(ancestor: Task, tasks: readonly Task[]): MemoryEntry[] {
  const entries = new Set<MemoryEntry>();
  for (const task of tasks) {
    const line = ancestors(task);
    for (const member of line.slice(line.indexOf(ancestor) + 1)) for (const entry of member.memory) entries.add(entry);
  }
  return [...entries];
}

/** How many entries of `memoryOf(task)` are its ancestors'. */
function inherited(task: Task): number {
  return task.bornIn ? inherited(task.bornIn.parent) + task.bornIn.known : 0;
}
