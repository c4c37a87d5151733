import type { Payload } from '../wire/events.ts';
import { ordinalOf } from './effect-key.ts';
import { type EffectRecord, type RunState, taskOf } from './state.ts';

/** From here until it has a result, the effect's outcome is unknown. */
export function startEffect(state: RunState, payload: Payload<'effect.started'>): void {
  const task = taskOf(state, payload.task);
  const record: EffectRecord = {
    key: payload.key,
    kind: payload.kind,
    target: payload.target,
    inputHash: payload.input_hash,
    try: payload.try,
    dueAt: payload.due_at,
    reservation: payload.reservation,
    result: undefined,
  };
  task.effects[ordinalOf(payload.key)] = record;
}

/** The outcome of an effect, which is never asked for again (S10). */
export function completeEffect(state: RunState, payload: Payload<'effect.completed'>): void {
  const record = taskOf(state, payload.task).effects[ordinalOf(payload.key)];
  // An outcome may come in after its task was cancelled: a fact for the record that changes nothing (S13).
  if (!record || record.key !== payload.key) return;
  record.result = payload.error
    ? { outcome: 'failure', error: payload.error }
    : { outcome: payload.outcome === 'partial' ? 'partial' : 'success', output: payload.output ?? null };
}

/** Nothing is set aside any more for a try that was settled. */
export function settleEffect(state: RunState, payload: Payload<'usage.recorded'> | Payload<'usage.assumed'>): void {
  const record = taskOf(state, payload.task).effects[ordinalOf(payload.key)];
  if (record?.key === payload.key && record.try === payload.try) record.reservation = undefined;
}

/** A refusal is a result too: it is not asked for again. */
export function refuseEffect(state: RunState, payload: Payload<'effect.refused'>): void {
  const { key, kind, target, error } = payload;
  const record: EffectRecord = {
    key,
    kind,
    target,
    inputHash: '',
    try: payload.try ?? 1,
    dueAt: undefined,
    reservation: undefined,
    result: { outcome: 'failure', error },
  };
  taskOf(state, payload.task).effects[ordinalOf(key)] = record;
}
