import type { EffectKind, EffectResult, EngineEvent, JournalEvent, JournalPlace, Payload } from '@espalier/core';

/** An effect as it is about to be performed. */
export interface AskedEffect {
  task: string;
  node: string;
  ordinal: number;
  kind: EffectKind;
  target: string;
  inputHash: string;
}

/** What came of an effect, where that is recorded, and what it wrote. */
export interface ReusableResult {
  result: EffectResult;
  from: JournalPlace;
  files: (EngineEvent & { type: 'artifact.stored' })[];
}

/** The recorded result of the same call: in the same place of the same node, of the same target, with the same input. */
export type ReusableResults = (effect: AskedEffect) => ReusableResult | undefined;

/** The results that a fork may take over from the history of its parent (S3). What was abandoned or is unknown is none. */
export function reusableResults(history: readonly JournalEvent[]): ReusableResults {
  const begun = new Map<string, Payload<'effect.started'>>();
  const results = new Map<string, ReusableResult>();
  /** The last effect of a node that ended: files that are recorded next are its. */
  const latest = new Map<string, ReusableResult>();
  for (const { type, payload, seq } of history) {
    if (type === 'effect.started') begun.set(payload.key, payload);
    if (type === 'artifact.stored') latest.get(placeOf(payload))?.files.push({ type, payload });
    const started = type === 'effect.completed' ? begun.get(payload.key) : undefined;
    if (type !== 'effect.completed' || !started || isNoResult(payload)) continue;
    const { run, place } = partsOf(payload.key);
    const reusable: ReusableResult = { result: resultOfEffect(payload), from: payload.reused_from ?? { run, seq }, files: [] };
    latest.set(placeOf(payload), reusable);
    results.set(keyOf(place, { ...started, inputHash: started.input_hash }), reusable);
  }
  return ({ task, node, ordinal, ...asked }) => results.get(keyOf(`${task}/${node}/${ordinal}`, asked));
}

function keyOf(place: string, { kind, target, inputHash }: Pick<AskedEffect, 'kind' | 'target' | 'inputHash'>): string {
  return `${place} ${kind} ${inputHash} ${target}`;
}

function placeOf({ task, node }: { task: string; node: string }): string {
  return `${task}/${node}`;
}

/** A key is the run, then the place (S9). */
function partsOf(key: string): { run: string; place: string } {
  const end = key.indexOf('/');
  return { run: key.slice(0, end), place: key.slice(end + 1) };
}

function isNoResult({ error }: Payload<'effect.completed'>): boolean {
  return error?.code === 'effect.cancelled' || error?.code === 'effect.outcome_unknown';
}

/** The result that an `effect.completed` records. */
export function resultOfEffect({ outcome, output = null, error }: Payload<'effect.completed'>): EffectResult {
  if (error) return { outcome: 'failure', error };
  return { outcome: outcome === 'partial' ? 'partial' : 'success', output };
}
