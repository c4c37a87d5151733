import { splitsOverData } from '../../graph/dominators.ts';
import type { GraphNode } from '../../graph/graph.ts';
import type { EngineEvent } from '../../wire/events.ts';
import type { Json } from '../../wire/json.ts';
import { endedInFailure } from '../ending.ts';
import { itemsOf } from '../items.ts';
import type { Task } from '../state.ts';
import type { Role, Route } from './role.ts';

/** Makes one subtask per edge, or one per item of the list that `split.over` names, dealt in turn onto the edges. */
export const split: Role = { route, settle };

function route(node: GraphNode, value: Json): Route {
  if (!splitsOverData(node) || itemsOf(node, value)) return {};
  const message = `Split ${node.id} expects a list at ${node.manifest.split?.over} in its output.`;
  return { fault: { code: 'split.not_a_list', message } };
}

function settle(task: Task): EngineEvent[] {
  const items = itemsOf(task.at, task.value);
  if (splitsOverData(task.at) && !items) return [endedInFailure(task)];
  const count = items ? items.length : task.at.out.length;
  return [{ type: 'task.derived', payload: { task: task.id, node: task.at.id, as: 'subtasks', count } }];
}
