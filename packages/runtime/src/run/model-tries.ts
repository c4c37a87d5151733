import { type EffectRecord, type EffectResult, type EngineEvent, type Fault, faultOf, jsonFault, type Reservation } from '@espalier/core';
import type { Admission, AdmissionContext, Settlement } from '../gate/gate.ts';
import type { PlannedTry, TriedRequest, Tries, TryResult } from '../ports/node-program.ts';
import { abortion } from '../timers/timers.ts';
import { admissionContext, conclude, refuse, settle } from './admission.ts';
import { type Attempt, attemptAt, type EffectHost, type EffectPlace, requireUnderWay } from './effect-place.ts';
import { assumption, begin, close, completion } from './effect-record.ts';
import { FrameSource } from './frame-source.ts';

interface Asked {
  request: TriedRequest;
  inputHash: string;
  known: EffectRecord | undefined;
}

/**
 * Performs a model call in tries until one succeeds or nobody is left to ask. Each is admitted by the gate, reserves what it may cost in the
 * commit that begins it, and is settled with what it has cost (S9, S21).
 */
export async function performTries(host: EffectHost, place: EffectPlace, asked: Asked): Promise<EffectResult> {
  const { request, known } = asked;
  const tries = request.tries(attemptAt(host, place, 1).key);
  const frames = new FrameSource(host, place, { mode: request.stream, hasSpoken: known !== undefined });
  let last = known?.try ?? 0;
  if (known?.reservation) host.record(assumption(attemptAt(host, place, last), known.reservation, interrupted));
  for (;;) {
    const planned = await tries.next(place.signal);
    requireUnderWay(host, place, request.target);
    if ('giveUp' in planned) {
      frames.retract();
      return giveUp(host, place, { request, fault: planned.giveUp, last });
    }
    last += 1;
    const result = await performTry(host, place, { ...asked, planned, tries, frames, attempt: attemptAt(host, place, last) });
    if (result) return result;
  }
}

/** The process before this one ended in the middle of the request. */
const interrupted: Fault = { code: 'effect.outcome_unknown', message: 'The process ended while the request was under way.' };

interface GivenUp {
  request: TriedRequest;
  fault: Fault;
  /** The number of the last try; 0 if there was none. */
  last: number;
}

/** Nobody is left to ask: that is the result of the effect. One that was never begun is not begun in order to fail. */
async function giveUp(host: EffectHost, place: EffectPlace, { request, fault, last }: GivenUp): Promise<EffectResult> {
  const result: EffectResult = { outcome: 'failure', error: fault };
  const effect = { kind: request.kind, target: request.target, input: request.input };
  const facts = conclude(host, effect, { settlement: result, context: admissionContext(host, place, request) });
  if (last > 0) {
    await close(host, place, [completion(attemptAt(host, place, last), result), ...facts]);
    return result;
  }
  const verdicts = [{ step: 'gateway', decision: 'deny' as const, reason: 'nobody can be asked' }];
  refuse(host, place, { attempt: attemptAt(host, place, 1), effect, admission: { admitted: false, verdicts, error: fault } });
  for (const fact of facts) host.record(fact);
  return result;
}

interface Trying extends Asked {
  planned: PlannedTry;
  tries: Tries;
  frames: FrameSource;
  attempt: Attempt;
}

/** One try. @returns the result of the effect; undefined if another try may follow. */
async function performTry(host: EffectHost, place: EffectPlace, trying: Trying): Promise<EffectResult | undefined> {
  const { request, planned, attempt } = trying;
  const effect = { kind: request.kind, target: `${planned.provider}/${planned.model}`, input: request.input };
  const context = admissionContext(host, place, request, planned);
  const admission = await host.ports.gate.admit(effect, context);
  if (!admission.admitted) return refuse(host, place, { attempt, effect: { ...effect, target: request.target }, admission });
  const release = () => settle(host, effect, { settlement: { outcome: 'failure' }, context });
  try {
    place.beginning.add(attempt.key);
    const refusal = await begin(host, place, startOf(trying, admission)).finally(() => place.beginning.delete(attempt.key));
    if (refusal) {
      await release();
      const error = 'error' in refusal ? refusal.error : undefined;
      for (const fact of conclude(host, effect, { settlement: { outcome: 'failure', error }, context })) host.record(fact);
      return refusal;
    }
  } catch (thrown) {
    await release();
    throw thrown;
  }
  const result = await outcomeOf(place, trying, admission);
  return end(host, place, { ...trying, effect, context, result, reservation: admission.reservation });
}

function startOf({ request, inputHash, tries, attempt }: Trying, { verdicts, reservation }: Admission & { admitted: true }) {
  const { kind, target, context, correction } = request;
  const kept = {
    ...(context ? { context } : {}),
    ...(correction ? { correction } : {}),
    ...(reservation ? { reservation } : {}),
    ...(tries.route ? { route: tries.route } : {}),
  };
  return { type: 'effect.started' as const, payload: { ...attempt, kind, target, input_hash: inputHash, verdicts, ...kept } };
}

/** What came of the try; undefined if it was aborted, whether or not it heeded the signal. */
async function outcomeOf(
  { signal }: EffectPlace,
  { planned, frames, attempt }: Trying,
  { permit }: Admission & { admitted: true },
): Promise<TryResult | undefined> {
  frames.begin(attempt.try);
  try {
    signal.throwIfAborted();
    const call = planned.perform(permit, { signal, onText: (text) => frames.delta(text) });
    const result = await Promise.race([call, abortion(signal)]);
    const fault = result.outcome === 'failure' ? undefined : jsonFault(result.output);
    if (!fault) return result;
    const message = `The answer of ${planned.provider}/${planned.model} is not JSON, at ${fault.path || 'its top'}: ${fault.reason}.`;
    return { outcome: 'failure', error: { code: 'payload.invalid_text', message }, used: result.used, isFinal: true };
  } catch (thrown) {
    return signal.aborted ? undefined : { outcome: 'failure', error: faultOf(thrown), used: 'unknown' };
  }
}

interface Performed extends Trying {
  effect: Parameters<typeof settle>[1];
  context: AdmissionContext;
  result: TryResult | undefined;
  reservation: Reservation | undefined;
}

async function end(host: EffectHost, place: EffectPlace, performed: Performed): Promise<EffectResult | undefined> {
  const { effect, context, result, attempt, reservation, frames } = performed;
  const settlement = settlementOf(result);
  await settle(host, effect, { settlement, context });
  // Whoever aborted it has recorded that it was abandoned, and what it may have cost.
  if (place.signal.aborted || !result) throw place.signal.reason;
  const usage = reservation ? usageEvents(attempt, reservation, result) : [];
  if (result.outcome === 'failure' && !result.isFinal) {
    await close(host, place, usage);
    return undefined;
  }
  const outcome: EffectResult =
    result.outcome === 'failure' ? { outcome: 'failure', error: result.error } : { outcome: result.outcome, output: result.output };
  await close(host, place, [...usage, completion(attempt, outcome), ...conclude(host, effect, { settlement, context })]);
  if (result.outcome === 'failure') frames.retract();
  else frames.done(result.output);
  return outcome;
}

function settlementOf(result: TryResult | undefined): Settlement {
  if (!result || result.outcome === 'failure') return { outcome: 'failure', error: result?.error };
  return { outcome: result.outcome, confidence: result.confidence };
}

const none = { input_tokens: 0, output_tokens: 0 };

/** How the books are settled for a try that ended. */
function usageEvents(attempt: Attempt, reservation: Reservation, { used, ...result }: TryResult): EngineEvent[] {
  const failure = result.outcome === 'failure' ? { error: result.error } : {};
  if (used === 'unknown') return [assumption(attempt, reservation, failure.error ?? uncounted)];
  const { tokens, cost } = used === 'none' ? { tokens: none, cost: 0n } : used;
  const recorded: EngineEvent = { type: 'usage.recorded', payload: { ...attempt, tokens, cost: String(cost), ...failure } };
  if (cost <= BigInt(reservation.amount)) return [recorded];
  const { amount: reserved, scopes } = reservation;
  return [recorded, { type: 'budget.overrun', payload: { ...attempt, reserved, cost: String(cost), scopes } }];
}

const uncounted: Fault = { code: 'model.failed', message: 'The provider did not say what the request has used.' };
