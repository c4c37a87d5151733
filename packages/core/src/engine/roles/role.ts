import type { Fault } from '../../errors/espalier-error.ts';
import type { GraphNode } from '../../graph/graph.ts';
import type { EngineEvent } from '../../wire/events.ts';
import type { Json } from '../../wire/json.ts';
import type { Task } from '../state.ts';

/**
 * Where a task goes: on to `next`, or nowhere by itself (it derives tasks or ends); or why the node fails instead. With `keepsValue` the
 * output only chose the way, and the task's value stays what it was.
 */
export type Route = { next?: GraphNode; label?: string; keepsValue?: boolean } | { fault: Fault };

/** What tells the roles apart: two pure functions. */
export interface Role {
  /** @param value the node's output, or the task's value if the node failed and may be passed over */
  route(node: GraphNode, value: Json): Route;
  /** What follows once the node completed and the task was not sent on. */
  settle(task: Task): EngineEvent[];
}

/** Sends the task along the node's only edge. */
export function onward(node: GraphNode): Route {
  const edge = node.out[0];
  return edge ? { next: edge.to } : {};
}

/** For roles that always send their task on: nothing is left to settle. */
export function nothing(): EngineEvent[] {
  return [];
}
