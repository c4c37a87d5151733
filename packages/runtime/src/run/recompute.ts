import {
  apply,
  canonicalJson,
  completed,
  createState,
  type ErrorCode,
  EspalierError,
  faultOf,
  type GraphNode,
  type JournalEvent,
  type NodeResult,
  resultOf,
  type Task,
} from '@espalier/core';
import { ownEvents } from './history.ts';
import { inputOf, mergeFailures } from './merge-input.ts';
import type { PreparedNode, PreparedWorkflow } from './prepare.ts';

/** A node whose handler gives something else today than the journal says. */
export interface Difference {
  seq: number;
  task: string;
  node: string;
  recorded: NodeResult;
  recomputed: NodeResult;
}

export interface Recomputation {
  /** How many nodes were performed again. */
  recomputed: number;
  /** Nodes with effects (agents, tools, custom code) are not performed again; how many there were. */
  skipped: number;
  differences: Difference[];
}

/**
 * Performs the pure nodes of a recorded run again, on their recorded inputs, and compares the results. Of a fork, those of its parent are
 * not: the workflow may be another. The history must verify.
 */
export async function recompute({ workflow, nodes }: PreparedWorkflow, history: readonly JournalEvent[]): Promise<Recomputation> {
  const state = createState(workflow.graph);
  const report: Recomputation = { recomputed: 0, skipped: 0, differences: [] };
  const parents = history.length - ownEvents(history).length;
  for (const [index, event] of history.entries()) {
    if (index >= parents && event.type === 'node.completed' && !isNoResult(event.payload.error?.code)) {
      const { task: id, node: nodeId } = event.payload;
      const task = state.tasks.get(id);
      const recorded = task && resultOf(task, event.payload);
      const again = task && (await performAgain(task, task.at, nodes[task.at.index]));
      if (again === undefined) report.skipped += 1;
      else report.recomputed += 1;
      if (task && recorded && again && !sameEvent(task, recorded, again)) {
        report.differences.push({ seq: event.seq, task: id, node: nodeId, recorded, recomputed: again });
      }
    }
    apply(state, event);
  }
  return report;
}

/** The event is what counts: a decision whose label does not exist is the same failure either way. */
function sameEvent(task: Task, recorded: NodeResult, again: NodeResult): boolean {
  return canonicalJson(completed(task, recorded)) === canonicalJson(completed(task, again));
}

/** A merge that failed by its strategy was never performed, and what the clock stopped has no result (S12). */
function isNoResult(code: ErrorCode | undefined): boolean {
  return code === 'merge.failed' || code === 'node.timed_out' || code === 'expression.timed_out';
}

class HasEffects extends Error {}

async function performAgain(task: Task, at: GraphNode, node: PreparedNode | undefined): Promise<NodeResult | undefined> {
  if (!node) throw new EspalierError('internal.defect', `Node ${at.id} was not prepared.`);
  const input = inputOf(task, node);
  if ('now' in node.work) return node.work.now(input, task.id);
  const { signal } = new AbortController();
  const effect = () => Promise.reject(new HasEffects());
  const wait = () => Promise.resolve(); // what was waited for has come
  const isMerging = task.merging !== undefined;
  const scope = {
    run: '',
    task: task.id,
    node: at,
    input,
    isMerging,
    failures: mergeFailures(task),
    memory: [],
    recalled: [],
    isFork: false,
    signal,
    effect,
    wait,
  };
  try {
    return await node.work.program(scope);
  } catch (thrown) {
    if (thrown instanceof HasEffects) return undefined;
    return { outcome: 'failure', error: faultOf(thrown, 'node.handler_failed') };
  }
}
