import { type Fault, type JournalEvent, type Json, type Outcome, type Payload, rootTaskId } from '@espalier/core';
import { ownEvents } from '../run/history.ts';

/** A node that a task performed, or that its end cut short. */
export interface RouteStep {
  /** In the journal that it stands in. */
  seq: number;
  /** Its place in the whole history, from 1: the sequence number, unless the run is a fork. */
  position: number;
  node: string;
  outcome: Outcome | 'cancelled';
  /** The edge that a decision took. */
  label: string | null;
  /** Absent if the node handed its input on. */
  output?: Json;
  error: Fault | null;
  /** Whether it was performed before the run was forked. */
  inherited: boolean;
  /** Whether the fork was given another output in the place of the one that is on record. */
  edited: boolean;
}

/** Where a task went. */
export interface TaskRoute {
  task: string;
  steps: readonly RouteStep[];
  /** Null while the task is alive. */
  end: 'completed' | 'cancelled' | 'merged' | null;
  outcome: Outcome | null;
  exit: string | null;
  /** Where in the history the task begins and ends. */
  born: number;
  ended: number | null;
}

interface OpenRoute extends TaskRoute {
  steps: RouteStep[];
  /** The node that it is in. */
  at: string | undefined;
}

/** The event that is being read. */
interface Moment {
  seq: number;
  position: number;
  inherited: boolean;
}

type Routes = Map<string, OpenRoute>;

/** Where the tasks of a run went, by task, in the order in which they were made; what a fork has from its parent included. */
export function taskRoutes(history: readonly JournalEvent[]): Map<string, TaskRoute> {
  const routes: Routes = new Map();
  const forkedAt = history.length - ownEvents(history).length;
  for (const [index, event] of history.entries()) {
    follow(routes, event, { seq: event.seq, position: index + 1, inherited: index < forkedAt });
  }
  return new Map([...routes].map(([task, { at: _, ...route }]) => [task, route]));
}

function follow(routes: Routes, { type, payload }: JournalEvent, moment: Moment): void {
  switch (type) {
    case 'run.started':
      beginRun(routes, payload, moment);
      break;
    case 'node.started':
      routeOf(routes, payload.task, moment).at = payload.node;
      break;
    case 'node.completed':
      addStep(routes, payload, moment);
      break;
    case 'task.derived':
      for (let index = 0; index < payload.count; index += 1) routeOf(routes, `${payload.task}/${payload.node}.${index}`, moment);
      break;
    case 'merge.fired':
      for (const task of payload.arrived) end(routeOf(routes, task, moment), moment, { end: 'merged' });
      break;
    case 'task.completed': {
      const { task, outcome, exit = null } = payload;
      end(routeOf(routes, task, moment), moment, { end: 'completed', outcome, exit });
      break;
    }
    case 'task.cancelled':
      end(routeOf(routes, payload.task, moment), moment, { end: 'cancelled' });
      break;
  }
}

/** A fork begins again what was under way, and may have other results in the place of the last ones. */
function beginRun(routes: Routes, { forked_from: origin }: Payload<'run.started'>, moment: Moment): void {
  routeOf(routes, rootTaskId, moment);
  if (!origin) return;
  for (const route of routes.values()) route.at = undefined;
  for (const edit of origin.edits) {
    const last = edit.edit === 'output' ? routes.get(edit.task)?.steps.at(-1) : undefined;
    if (last && edit.edit === 'output') Object.assign(last, { output: edit.value, edited: true });
  }
}

function addStep(routes: Routes, payload: Payload<'node.completed'>, moment: Moment): void {
  const { task, node, outcome, label = null, output, error = null } = payload;
  const route = routeOf(routes, task, moment);
  route.at = undefined;
  route.steps.push({ ...moment, node, outcome, label, ...(output === undefined ? {} : { output }), error, edited: false });
}

function end(route: OpenRoute, moment: Moment, how: Partial<TaskRoute>): void {
  if (route.ended !== null) return;
  if (route.at !== undefined) {
    route.steps.push({ ...moment, node: route.at, outcome: how.outcome ?? 'cancelled', label: null, error: null, edited: false });
  }
  Object.assign(route, how, { at: undefined, ended: moment.position });
}

function routeOf(routes: Routes, task: string, { position }: Moment): OpenRoute {
  const known = routes.get(task);
  if (known) return known;
  const route: OpenRoute = { task, steps: [], end: null, outcome: null, exit: null, born: position, ended: null, at: undefined };
  routes.set(task, route);
  return route;
}
