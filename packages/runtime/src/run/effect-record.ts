import {
  type EffectKind,
  type EffectRecord,
  type EffectResult,
  type EngineEvent,
  EspalierError,
  type Fault,
  type Reservation,
} from '@espalier/core';
import { type Attempt, type EffectHost, type EffectPlace, hasEnded, isUnderWay, recordAt } from './effect-place.ts';

/*
 * The two records of an effect. What the state says may not be in the journal yet, and is lost if others append first: then the start is
 * recorded again before anything is performed, and an outcome waits until it is certain that its effect is open, or is not.
 */

interface Asked {
  kind: EffectKind;
  inputHash: string;
}

/** What is recorded of the effect that a program asks for. A program that asks for another than before has changed under its run: nothing more is written. */
export function knownEffect(host: EffectHost, place: EffectPlace, { kind, inputHash }: Asked): EffectRecord | undefined {
  const known = recordAt(host, place);
  // A refusal has no input hash: it was never started.
  if (!known || (known.kind === kind && (known.inputHash === '' || known.inputHash === inputHash))) return known;
  const error = new EspalierError('journal.diverged', `The journal has ${known.target} as ${known.key}, but with another input.`);
  host.fail(error);
  throw error;
}

/** Outcomes that ended their node when they were recorded end it again; all others are results like any. */
export function recordedResult(result: EffectResult): EffectResult {
  const code = result.outcome === 'failure' ? result.error.code : undefined;
  if (result.outcome === 'failure' && (code === 'effect.outcome_unknown' || code === 'effect.cancelled')) {
    throw new EspalierError(result.error.code, result.error.message, result.error.details ? { details: result.error.details } : {});
  }
  return result;
}

type EffectStarted = EngineEvent & { type: 'effect.started' };

/**
 * Resolves when the start of an effect is in the journal and its node is under way: with nothing, or with a refusal if there was no money
 * left to set aside for it. @throws why it comes to nothing instead.
 */
export async function begin(host: EffectHost, place: EffectPlace, started: EffectStarted): Promise<EffectResult | undefined> {
  const { target, try: attempt } = started.payload;
  for (;;) {
    const known = recordAt(host, place);
    const isBegun = known?.try === attempt;
    if (isUnderWay(host, place) && isBegun && known.result && known.inputHash === '') return known.result;
    if (!isUnderWay(host, place) || (isBegun && known.result)) await certainty(host, place, target);
    else if (isBegun) return undefined;
    else {
      host.record(started);
      await host.flush();
    }
  }
}

/** Records the outcome of an effect, and what belongs to it. @throws why it comes to nothing, once the end of its task is in the journal. */
export async function close(host: EffectHost, place: EffectPlace, outcome: readonly EngineEvent[]): Promise<void> {
  while (!isUnderWay(host, place) || recordAt(host, place)?.result !== undefined) await certainty(host, place, 'the effect');
  for (const event of outcome) host.record(event);
  host.flushSoon();
}

/** The event of an outcome. */
export function completion(attempt: Attempt, result: EffectResult): EngineEvent & { type: 'effect.completed' } {
  const { outcome } = result;
  const payload = outcome === 'failure' ? { ...attempt, outcome, error: result.error } : { ...attempt, outcome, output: result.output };
  return { type: 'effect.completed', payload };
}

/** The event of a try of which nobody can say what it has cost (S21). */
export function assumption(attempt: Attempt, { amount }: Reservation, error: Fault): EngineEvent & { type: 'usage.assumed' } {
  return { type: 'usage.assumed', payload: { ...attempt, cost: amount, error } };
}

/** The event of a try that turned out to have used nothing (S21). */
export function nothingUsed(attempt: Attempt, error: Fault): EngineEvent & { type: 'usage.recorded' } {
  return { type: 'usage.recorded', payload: { ...attempt, tokens: { input_tokens: 0, output_tokens: 0 }, cost: '0', error } };
}

/** Returns if the state has been replaced by another, in which things may look different. @throws if what it says is in the journal. */
async function certainty(host: EffectHost, place: EffectPlace, target: string): Promise<void> {
  if (host.isOver || place.signal.aborted || (await host.flush())) throw hasEnded(place, target);
}
