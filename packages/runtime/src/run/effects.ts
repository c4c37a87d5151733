import { type EffectRecord, type EffectResult, type EngineEvent, EspalierError, faultOf, hashJson, jsonFault } from '@espalier/core';
import type { AdmissionContext } from '../gate/gate.ts';
import type { Permit } from '../gate/permit.ts';
import type { CallRequest, EffectRequest, PerformedEffect } from '../ports/node-program.ts';
import type { StoredFile } from '../ports/tool.ts';
import { abortion } from '../timers/timers.ts';
import { admissionContext, conclude, refuse, settle } from './admission.ts';
import { type Attempt, attemptAt, type EffectHost, type EffectPlace, requireUnderWay } from './effect-place.ts';
import { assumption, begin, close, completion, knownEffect, recordedResult } from './effect-record.ts';
import { performTries } from './model-tries.ts';
import { findReusable, reuse } from './reuse.ts';

/**
 * Performs an effect between its two records: `effect.started` is committed before it, its outcome is recorded after it. A result that
 * the journal has is returned instead (S10).
 * @throws EspalierError `effect.outcome_unknown`, `journal.diverged`; what the signal was aborted with.
 */
export async function performEffect(host: EffectHost, place: EffectPlace, request: EffectRequest): Promise<EffectResult> {
  const { kind, target, input, context } = request;
  requireUnderWay(host, place, target);
  const inputHash = hashJson(input);
  const known = knownEffect(host, place, { kind, inputHash });
  if (known?.result) return recordedResult(known.result);
  if (known && !isRepeatable(request, known)) throw unknownOutcome(host, place, known);
  const found = known ? undefined : findReusable(host, place, { kind, target, inputHash });
  if (found) return reuse(host, place, { kind, target, inputHash, context, found, ...(request.keepInput ? { input } : {}) });
  if ('tries' in request) return performTries(host, place, { request, inputHash, known });
  return performCall(host, place, { request, inputHash, known });
}

async function performCall(
  host: EffectHost,
  place: EffectPlace,
  { request, inputHash, known }: { request: CallRequest; inputHash: string; known: EffectRecord | undefined },
): Promise<EffectResult> {
  const { kind, target, input, context } = request;
  const attempt = attemptAt(host, place, (known?.try ?? 0) + 1);
  const effect = { kind, target, input };
  const admissible = admissionContext(host, place, request);
  const admission = await host.ports.gate.admit(effect, admissible);
  if (!admission.admitted) return refuse(host, place, { attempt, effect, admission });
  const kept = { ...(request.keepInput ? { input } : {}), ...(context ? { context } : {}) };
  const payload = { ...attempt, kind, target, input_hash: inputHash, verdicts: admission.verdicts, ...kept };
  try {
    await begin(host, place, { type: 'effect.started', payload });
  } catch (thrown) {
    await settle(host, effect, { settlement: { outcome: 'failure' }, context: admissible });
    throw thrown;
  }
  return perform(host, { ...place, attempt, request, permit: admission.permit, context: admissible });
}

/** An effect that ended so many processes is taken to be the cause: one run must not bring down every worker that takes it up. */
const maxTries = 20;
/** Of a model call each process may have made several. */
const maxRequests = 100;

function isRepeatable(request: EffectRequest, { try: tries }: EffectRecord): boolean {
  return 'tries' in request ? tries < maxRequests : request.idempotent && tries < maxTries;
}

function unknownOutcome(host: EffectHost, place: EffectPlace, { key, target, try: attempt, reservation }: EffectRecord): EspalierError {
  const why = attempt >= maxTries ? `that happened ${attempt} times` : 'it may not be repeated';
  const message = `The process ended while ${target} was under way; whether it took effect is not known, and ${why}.`;
  const error = new EspalierError('effect.outcome_unknown', message, { details: { key, target } });
  if (reservation) host.record(assumption(attemptAt(host, place, attempt), reservation, error.toFault()));
  host.record(completion(attemptAt(host, place, attempt), { outcome: 'failure', error: error.toFault() }));
  return error;
}

interface Admitted extends EffectPlace {
  attempt: Attempt;
  request: CallRequest;
  permit: Permit;
  context: AdmissionContext;
}

async function perform(host: EffectHost, admitted: Admitted): Promise<EffectResult> {
  const { attempt, request, signal } = admitted;
  const performed = await outcomeOf(admitted);
  const { kind, target, input } = request;
  const error = performed && 'error' in performed ? { error: performed.error } : {};
  const settlement = { outcome: performed?.outcome ?? ('failure' as const), ...error };
  await settle(host, { kind, target, input }, { settlement, context: admitted.context });
  const { files = [], ...result } = performed ?? {};
  const stored = await storeFiles(host, attempt, files);
  // Whoever aborted it has recorded that it was abandoned.
  if (signal.aborted || !('outcome' in result)) throw signal.reason;
  const facts = conclude(host, { kind, target, input }, { settlement, context: admitted.context });
  await close(host, admitted, [completion(attempt, result), ...stored.events, ...facts]);
  if (stored.fault) throw stored.fault;
  return result;
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
