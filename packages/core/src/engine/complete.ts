import type { Fault } from '../errors/espalier-error.ts';
import type { GraphNode } from '../graph/graph.ts';
import type { EngineEvent, Payload } from '../wire/events.ts';
import type { Json } from '../wire/json.ts';
import { roles } from './roles.ts';
import type { Task } from './state.ts';

/** What performing a node came to. */
export type NodeResult = { outcome: 'success' | 'partial'; output: Json } | { outcome: 'failure'; error: Fault };

/** The event that records a node's result and, as its role has it, where the task goes. */
export function completed(task: Task, result: NodeResult): EngineEvent {
  if (result.outcome === 'failure') return failedAt(task.at, task, result.error);
  const node = task.at;
  const route = roles[node.role].route(node, result.output);
  if ('fault' in route) return failedAt(node, task, route.fault);
  const payload: Payload<'node.completed'> = { task: task.id, node: node.id, outcome: result.outcome };
  // A node that hands its input on adds nothing to the journal; behind a merge the value is a new one in any case.
  if (!route.keepsValue && (result.output !== task.value || task.merging)) payload.output = result.output;
  if (route.label !== undefined) payload.label = route.label;
  if (route.next) payload.next = route.next.id;
  return { type: 'node.completed', payload };
}

/** The event of a failed node: it leaves the task's output as it was; with `continue_on_failure` the task goes on. */
export function failedAt(node: GraphNode, task: Task, error: Fault): EngineEvent {
  const payload: Payload<'node.completed'> = { task: task.id, node: node.id, outcome: 'failure', error };
  if (node.manifest.continue_on_failure) {
    const route = roles[node.role].route(node, task.value);
    if ('next' in route && route.next) payload.next = route.next.id;
  }
  return { type: 'node.completed', payload };
}
