import type { GraphNode } from '../../graph/graph.ts';
import { settlementOf } from '../settlement.ts';
import type { Group, RunState, Task } from '../state.ts';

/**
 * Counts by brute force what the engine keeps by bookkeeping, and says where the two differ: which tasks can still reach a closer, which
 * children live, which groups have something to decide.
 */
export function recountGroups(state: RunState): string[] {
  return [...groupsOf(state)].flatMap((group) => {
    const name = `${group.parent.id}/${group.opener.id}`;
    const live = group.children.filter((child) => child.phase !== 'ended').length;
    const due = settlementOf(group) !== undefined;
    return [
      ...(live === group.live ? [] : [`${name}: ${live} live, kept as ${group.live}`]),
      ...(due === state.unsettled.has(group) ? [] : [`${name}: ${due ? 'due' : 'not due'}, kept otherwise`]),
      ...pendingDifference(state, group, name),
    ];
  });
}

function groupsOf(state: RunState): Set<Group> {
  const groups = new Set<Group>();
  for (const { bornIn, group } of state.tasks.values()) {
    if (bornIn) groups.add(bornIn);
    if (group) groups.add(group);
  }
  return groups;
}

/** A group that is closed decides nothing any more: its count is nobody's concern, but nobody may wait in it. */
function pendingDifference(state: RunState, group: Group, name: string): string[] {
  const below = [...state.tasks.values()].filter((task) => isBelow(task, group) && task.phase !== 'ended' && task.phase !== 'derived');
  const waiting = below.filter((task) => task.phase === 'waiting' && task.at === group.closer);
  if (group.closed) return waiting.length > 0 ? [`${name}: ${waiting.length} wait at a merge that fired`] : [];
  const pending = below.filter((task) => !waiting.includes(task) && leadsTo(task.at, group.closer)).length;
  return pending === group.pending ? [] : [`${name}: ${pending} pending, kept as ${group.pending}`];
}

function isBelow(task: Task, group: Group): boolean {
  for (let born = task.bornIn; born; born = born.parent.bornIn) if (born === group) return true;
  return false;
}

function leadsTo(from: GraphNode, closer: GraphNode | undefined): boolean {
  const met = new Set([from]);
  for (const node of met) for (const edge of node.out) met.add(edge.to);
  return closer !== undefined && met.has(closer);
}
