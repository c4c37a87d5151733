import type { GraphNode } from '../../graph/graph.ts';
import { isJsonObject, type Json } from '../../wire/json.ts';
import { endedInFailure } from '../ending.ts';
import type { Role, Route } from './role.ts';

/** Takes the edge whose label the output names. A bare label only chooses; an object with `selected_edge` is the task's new value too. */
export const decision: Role = { route, settle: (task) => [endedInFailure(task)] };

function route(node: GraphNode, value: Json): Route {
  const label = isJsonObject(value) ? value.selected_edge : value;
  const edge = node.out.find((candidate) => candidate.label === label);
  if (edge) return { next: edge.to, label: edge.label as string, keepsValue: label === value };
  const labels = node.out.map((candidate) => candidate.label as string);
  const found = JSON.stringify(label) ?? 'nothing';
  const message = `Decision ${node.id} chose ${found.slice(0, 200)}; expected one of: ${labels.join(', ')}.`;
  return { fault: { code: 'decision.no_edge', message, details: { labels } } };
}
