import type { Fault } from '../../errors/espalier-error.ts';
import type { GraphNode } from '../../graph/graph.ts';
import type { EngineEvent } from '../../wire/events.ts';
import type { Task } from '../state.ts';
import type { Role, Route } from './role.ts';

/** Presents the task's outcome, which was set before; `always_fail` overrides it, visibly. */
export const exit: Role = {
  route: (node): Route => (node.manifest.always_fail ? { fault: alwaysFail(node) } : {}),
  settle: (task) => [presented(task)],
};

function alwaysFail(node: GraphNode): Fault {
  return { code: 'exit.always_fail', message: `Exit ${node.id} always fails.` };
}

function presented(task: Task): EngineEvent {
  const payload = { task: task.id, exit: task.at.id };
  if (!task.at.manifest.always_fail) return { type: 'task.completed', payload: { ...payload, outcome: task.outcome } };
  return { type: 'task.completed', payload: { ...payload, outcome: 'failure', reason: alwaysFail(task.at).message } };
}
