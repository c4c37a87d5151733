import type { EffectKind, Payload } from '@espalier/core';
import { type EffectTally, effectOf, nodeOf, type OpenTry, type Recording, taskOf } from './recording.ts';
import type { Activity } from './time-shares.ts';
import { read } from './timing.ts';

const waits: ReadonlySet<string> = new Set(['timer', 'approval', 'child']);

/** Whether effects of this kind are waits, in which nobody works: for a moment, a person or another run (S9). */
export function isWait(kind: EffectKind): boolean {
  return waits.has(kind);
}

/** A try begins. If the one before it never ended, its process did. */
export function beginTry(recording: Recording, payload: Payload<'effect.started'>): void {
  const { now } = recording;
  const effect = effectOf(recording, payload);
  const task = taskOf(recording, payload.task);
  interruptTry(recording, payload.key);
  if (payload.try === 1) {
    effect.calls += 1;
    task.effects += 1;
  } else effect.retries += 1;
  effect.tries += 1;
  effect.inFlight = read(effect.inFlight, effect.inFlight.last + 1);
  const node = nodeOf(recording, payload.node);
  recording.openTries.set(payload.key, { try: payload.try, effect, node, from: now, to: undefined });
  if (!payload.context) return;
  const tokens = payload.context.reduce((sum, part) => sum + part.tokens, 0);
  for (const holder of [recording, effect, task, node]) holder.context = read(holder.context, tokens);
}

/** A try has an outcome. One that comes in later than its abandonment says nothing about time. */
export function completeTry(recording: Recording, { key, try: attempt, outcome, error }: Payload<'effect.completed'>): void {
  const open = recording.openTries.get(key);
  if (open?.try !== attempt) return;
  if (error?.code === 'effect.outcome_unknown') interruptTry(recording, key);
  else {
    if (error?.code === 'effect.cancelled') open.effect.cancelled += 1;
    else if (outcome === 'failure') open.effect.failures += 1;
    closeTry(recording, key, open);
  }
}

/** The gate refused a call, or to repeat one. */
export function refuseCall(recording: Recording, payload: Payload<'effect.refused'>): void {
  const effect = effectOf(recording, payload);
  effect.refused += 1;
  if (recording.openTries.has(payload.key)) interruptTry(recording, payload.key);
  else {
    effect.calls += 1;
    taskOf(recording, payload.task).effects += 1;
  }
}

/** Tries that are still in flight last to the end of the journal. */
export function closeOpenTries(recording: Recording): void {
  for (const open of recording.openTries.values()) {
    account(recording, open);
    open.effect.intervals.push({ from: open.from, to: undefined });
  }
}

/** Whoever carried the try out has ended, nobody knows when. Waits do not come here: they go on under the same try (S9). */
function interruptTry(recording: Recording, key: string): void {
  const open = recording.openTries.get(key);
  if (!open) return;
  open.effect.interrupted += 1;
  dropTry(recording, key, open.effect);
  recording.stretches.push({ activity: 'interrupted', from: open.from, to: recording.now });
}

function closeTry(recording: Recording, key: string, open: OpenTry): void {
  dropTry(recording, key, open.effect);
  account(recording, open);
  open.effect.intervals.push({ from: open.from, to: recording.now });
}

function dropTry(recording: Recording, key: string, effect: EffectTally): void {
  recording.openTries.delete(key);
  effect.inFlight = read(effect.inFlight, effect.inFlight.last - 1);
}

/** Up to now, what the run was doing was this. */
function account({ now, stretches }: Recording, { effect, node, from }: OpenTry): void {
  const activity: Activity = isWait(effect.kind) ? 'waiting' : 'effects';
  stretches.push({ activity, from, to: now });
  if (activity === 'waiting') node.waitingMs += now.ms - from.ms;
}
