import {
  type EffectRecord,
  type EffectResult,
  type EngineEvent,
  EspalierError,
  effectKey,
  faultOf,
  type GraphNode,
  hashJson,
  jsonFault,
  type Outcome,
  type Task,
} from '@espalier/core';
import type { Effect, Permit } from '../gate/permit.ts';
import type { EffectRequest, PerformedEffect } from '../ports/node-program.ts';
import type { StoredFile } from '../ports/tool.ts';
import { abortion } from '../timers/timers.ts';
import type { DriverPorts } from './driver.ts';

/** What performing an effect needs of the run around it. */
export interface EffectHost {
  readonly run: string;
  readonly ports: DriverPorts;
  readonly isOver: boolean;
  record(event: EngineEvent): void;
  flush(): Promise<void>;
  flushSoon(): void;
  /** Stops the run where it is, with nothing more written: it can be resumed once the cause is gone. */
  fail(thrown: unknown): void;
}

/** Which effect of which task. */
export interface EffectPlace {
  task: Task;
  node: GraphNode;
  /** Position in call order inside the node (S9). */
  ordinal: number;
  signal: AbortSignal;
}

/**
 * Performs an effect between its two records: `effect.started` is committed before it, its outcome is recorded after it. A result that
 * the journal has is returned instead (S10).
 * @throws EspalierError `effect.outcome_unknown`, `journal.diverged`; what the signal was aborted with.
 */
export async function performEffect(host: EffectHost, place: EffectPlace, request: EffectRequest): Promise<EffectResult> {
  const { task, ordinal } = place;
  requireUnderWay(host, place, request);
  const key = effectKey(host.run, { task: task.id, node: place.node.id, ordinal });
  const inputHash = hashJson(request.input);
  const known = task.effects[ordinal];
  if (known) requireSameInput(host, known, inputHash);
  if (known?.result) return recorded(known.result);
  const attempt = { key, task: task.id, node: place.node.id, try: (known?.try ?? 0) + 1 };
  if (known && !request.idempotent) throw unknownOutcome(host, { ...attempt, try: known.try }, known);
  const { kind, target, input, checkInput, context } = request;
  const effect = { kind, target, input };
  const admission = await host.ports.gate.admit(effect, { run: host.run, task: task.id, node: place.node.id, key, checkInput });
  const { verdicts } = admission;
  if (!admission.admitted) {
    requireUnderWay(host, place, request);
    const { error } = admission;
    host.record({ type: 'effect.refused', payload: { key, task: task.id, node: place.node.id, kind, target, verdicts, error } });
    return { outcome: 'failure', error };
  }
  if (!isUnderWay(host, place)) await settle(host, effect, 'failure');
  requireUnderWay(host, place, request);
  const kept = { ...(request.keepInput ? { input } : {}), ...(context ? { context } : {}) };
  host.record({ type: 'effect.started', payload: { ...attempt, kind, target, input_hash: inputHash, verdicts, ...kept } });
  await host.flush();
  return perform(host, { ...place, attempt, request, permit: admission.permit });
}

/** Effects belong to a node under way: code that goes on after its node ended has no effect any more. */
function isUnderWay(host: EffectHost, { task, node, signal }: EffectPlace): boolean {
  return !host.isOver && !signal.aborted && task.phase === 'running' && task.at === node;
}

function requireUnderWay(host: EffectHost, place: EffectPlace, { target }: EffectRequest): void {
  place.signal.throwIfAborted();
  if (isUnderWay(host, place)) return;
  throw new EspalierError('effect.refused', `${target} was called by ${place.node.id}, which has ended.`);
}

/** A program that asks for something else than it did before has changed under its run: nothing more is written. */
function requireSameInput(host: EffectHost, known: EffectRecord, inputHash: string): void {
  // A refusal has no input hash: it was never started.
  if (known.inputHash === '' || known.inputHash === inputHash) return;
  const error = new EspalierError('journal.diverged', `The journal has ${known.target} as ${known.key}, but with another input.`);
  host.fail(error);
  throw error;
}

/** Outcomes that ended their node when they were recorded end it again; all others are results like any. */
function recorded(result: EffectResult): EffectResult {
  const code = result.outcome === 'failure' ? result.error.code : undefined;
  if (result.outcome === 'failure' && (code === 'effect.outcome_unknown' || code === 'effect.cancelled')) {
    throw new EspalierError(result.error.code, result.error.message, result.error.details ? { details: result.error.details } : {});
  }
  return result;
}

type Attempt = { key: string; task: string; node: string; try: number };

function unknownOutcome(host: EffectHost, attempt: Attempt, known: EffectRecord): EspalierError {
  const message = `The process ended while ${known.target} was under way; whether it took effect is not known, and it may not be repeated.`;
  const error = new EspalierError('effect.outcome_unknown', message, { details: { key: known.key, target: known.target } });
  host.record({ type: 'effect.completed', payload: { ...attempt, outcome: 'failure', error: error.toFault() } });
  return error;
}

interface Admitted extends EffectPlace {
  attempt: Attempt;
  request: EffectRequest;
  permit: Permit;
}

async function perform(host: EffectHost, admitted: Admitted): Promise<EffectResult> {
  const { attempt, request, signal } = admitted;
  const performed = await outcomeOf(admitted);
  const { kind, target, input } = request;
  await settle(host, { kind, target, input }, performed?.outcome ?? 'failure');
  const { files = [], ...result } = performed ?? {};
  const stored = await storeFiles(host, attempt, files);
  // Whoever aborted it has recorded that it was abandoned.
  if (signal.aborted || !('outcome' in result)) throw signal.reason;
  const outcome = result.outcome === 'failure' ? { error: result.error } : { output: result.output };
  host.record({ type: 'effect.completed', payload: { ...attempt, outcome: result.outcome, ...outcome } });
  for (const artifact of stored.events) host.record(artifact);
  host.flushSoon();
  if (stored.fault) throw stored.fault;
  return result;
}

/** What a step of the gate fails to book does not change what happened; the step's own means say so, and a warning does. */
async function settle(host: EffectHost, effect: Effect, outcome: Outcome): Promise<void> {
  await host.ports.gate.settle(effect, { outcome }).catch((thrown: unknown) => {
    process.emitWarning(`The gate could not settle ${effect.kind} ${effect.target}: ${faultOf(thrown).message}`);
  });
}

/** The effect's outcome; undefined if it was aborted, whether or not it heeded the signal. */
async function outcomeOf({ request, permit, signal, attempt }: Admitted): Promise<PerformedEffect | undefined> {
  try {
    signal.throwIfAborted();
    const result = await Promise.race([request.perform(permit, signal, attempt.key), abortion(signal)]);
    const fault = result.outcome === 'failure' ? undefined : jsonFault(result.output);
    if (!fault) return result;
    const message = `The result of ${request.target} is not JSON, at ${fault.path || 'its top'}: ${fault.reason}.`;
    return { outcome: 'failure', error: { code: 'payload.invalid_text', message } };
  } catch (thrown) {
    return signal.aborted ? undefined : { outcome: 'failure', error: faultOf(thrown) };
  }
}

/** Keeps the files that an effect wrote. A fault does not undo the effect: it is thrown once the outcome is recorded. */
async function storeFiles(host: EffectHost, { task, node }: Attempt, files: readonly StoredFile[]) {
  const events: EngineEvent[] = [];
  try {
    for (const { path, content, media_type } of files) {
      const hash = await host.ports.artifacts.put(content);
      const payload = { task, node, type: 'file', name: path, hash, size: content.byteLength, media_type } as const;
      events.push({ type: 'artifact.stored', payload });
    }
  } catch (fault) {
    return { events, fault };
  }
  return { events };
}
