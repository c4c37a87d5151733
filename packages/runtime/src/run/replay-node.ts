import {
  canonicalJson,
  completed,
  type EffectKind,
  type EffectResult,
  EspalierError,
  faultOf,
  hashJson,
  type JournalEvent,
  type Json,
  memoryOf,
  type NodeResult,
  type Outcome,
  ordinalOf,
  type Payload,
  type RunState,
  resultOf,
  type Task,
} from '@espalier/core';
import type { EffectRequest, NodeScope } from '../ports/node-program.ts';
import { recordedResult } from './effect-record.ts';
import { foldHistory } from './fold-journal.ts';
import { inputOf, mergeFailures } from './merge-input.ts';
import type { PreparedNode, PreparedWorkflow } from './prepare.ts';
import { resultOfEffect } from './reusable-results.ts';

/** One call that the node made, as it is on record. */
export interface ReplayedCall {
  kind: EffectKind;
  target: string;
  outcome: Outcome;
}

/** A node that was performed once more, on its recorded input and the recorded results of its calls. */
export interface NodeReplay {
  task: string;
  node: string;
  /** The event that completed it. */
  seq: number;
  input: Json;
  /** The calls whose recorded results it was given, in order. */
  calls: ReplayedCall[];
  recorded: NodeResult;
  replayed: NodeResult;
  isSame: boolean;
}

/**
 * Performs one node of a recorded run again (ENG-I): nothing is called, nothing is written. A node that asks for another call than is on
 * record fails with `journal.diverged`.
 * @param seq where the node completed, in the run's own journal. @throws EspalierError `input.invalid` if no node completed there.
 */
export async function replayNode(
  { workflow, nodes }: PreparedWorkflow,
  history: readonly JournalEvent[],
  seq: number,
): Promise<NodeReplay> {
  const start = history.findLastIndex(({ type }) => type === 'run.started');
  const event = history[start + seq - 1];
  if (event?.type !== 'node.completed') throw new EspalierError('input.invalid', `No node completed at event ${seq}.`);
  const { task: id, node: nodeId } = event.payload;
  const state = foldHistory(workflow, '', history.slice(0, start + seq - 1));
  const task = state.tasks.get(id);
  const node = task && nodes[task.at.index];
  if (!task || !node) throw new EspalierError('internal.defect', `Task ${id} is not at ${nodeId}.`);
  const record = recordOf(history.slice(0, start + seq - 1), event.payload);
  const recorded = resultOf(task, event.payload);
  const input = inputOf(task, node);
  const replayed = await perform(task, node, { state, record, input });
  const isSame = canonicalJson(completed(task, recorded)) === canonicalJson(completed(task, replayed));
  const calls = record.map(({ started: { kind, target }, ended: { outcome } }) => ({ kind, target, outcome }));
  return { task: id, node: nodeId, seq, input, calls, recorded, replayed, isSame };
}

interface RecordedCall {
  /** What the gate refused has no hash of its input: it was never begun. */
  started: Pick<Payload<'effect.started'>, 'kind' | 'target'> & { input_hash?: string };
  ended: EffectResult;
}

/** The calls of a node's last visit by ordinal, each with its last try. */
function recordOf(before: readonly JournalEvent[], { task, node }: { task: string; node: string }): RecordedCall[] {
  const calls: RecordedCall[] = [];
  const begun = new Map<string, Payload<'effect.started'>>();
  for (const { type, payload } of before) {
    if (type === 'effect.started' && payload.task === task && payload.node === node) begun.set(payload.key, payload);
    if (type === 'effect.refused' && payload.task === task && payload.node === node) {
      calls[ordinalOf(payload.key)] = { started: payload, ended: { outcome: 'failure', error: payload.error } };
    }
    const started = type === 'effect.completed' ? begun.get(payload.key) : undefined;
    if (type === 'effect.completed' && started) calls[ordinalOf(payload.key)] = { started, ended: resultOfEffect(payload) };
  }
  return calls;
}

interface Replaying {
  state: RunState;
  record: readonly RecordedCall[];
  input: Json;
}

async function perform(task: Task, node: PreparedNode, { state, record, input }: Replaying): Promise<NodeResult> {
  if ('now' in node.work) return node.work.now(input, task.id);
  let asked = 0;
  const next = (request: Pick<EffectRequest, 'kind' | 'target' | 'input'>) => {
    asked += 1;
    return answer(record[asked - 1], request);
  };
  const { signal } = new AbortController();
  const scope: NodeScope = {
    run: '',
    task: task.id,
    node: task.at,
    input,
    isMerging: task.merging !== undefined,
    failures: mergeFailures(task),
    memory: memoryOf(task),
    recalled: state.started?.memory ?? [],
    isFork: false,
    signal,
    effect: async (request) => next(request),
    wait: async (request) => void next({ kind: 'timer', target: 'wait', input: request.input }),
  };
  try {
    return await node.work.program(scope);
  } catch (thrown) {
    return { outcome: 'failure', error: faultOf(thrown, 'node.handler_failed') };
  }
}

function answer(call: RecordedCall | undefined, { kind, target, input }: Pick<EffectRequest, 'kind' | 'target' | 'input'>) {
  if (!call) throw new EspalierError('journal.diverged', `The node asks for ${kind} ${target}, which is not on record.`);
  const { started, ended } = call;
  if (started.kind !== kind || started.target !== target) {
    throw new EspalierError('journal.diverged', `The node asks for ${kind} ${target}; on record is ${started.kind} ${started.target}.`);
  }
  if (started.input_hash !== undefined && started.input_hash !== hashJson(input)) {
    throw new EspalierError('journal.diverged', `The node asks for ${kind} ${target} with another input than is on record.`);
  }
  return recordedResult(ended);
}
