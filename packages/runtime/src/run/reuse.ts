import type { EffectKind, EffectResult, Json, Provenance } from '@espalier/core';
import { attemptAt, type EffectHost, type EffectPlace } from './effect-place.ts';
import { completion } from './effect-record.ts';
import type { ReusableResult } from './reusable-results.ts';

interface Asked {
  kind: EffectKind;
  target: string;
  inputHash: string;
  input?: Json;
  context?: Provenance[] | undefined;
}

/** What the parent of a fork has on record of the effect that is asked for. */
export function findReusable(host: EffectHost, { task, node, ordinal }: EffectPlace, asked: Asked): ReusableResult | undefined {
  const { kind, target, inputHash } = asked;
  return host.fork?.reusable({ task, node: node.id, ordinal, kind, target, inputHash });
}

/** Takes a recorded result over: both records of the effect are made, and nothing is performed (S3). */
export function reuse(host: EffectHost, place: EffectPlace, asked: Asked & { found: ReusableResult }): EffectResult {
  const { kind, target, inputHash, input, context, found } = asked;
  const attempt = attemptAt(host, place, 1);
  const kept = { ...(input === undefined ? {} : { input }), ...(context ? { context } : {}) };
  host.record({ type: 'effect.started', payload: { ...attempt, kind, target, input_hash: inputHash, verdicts: [], ...kept } });
  const completed = completion(attempt, found.result);
  host.record({ ...completed, payload: { ...completed.payload, reused_from: found.from } });
  for (const file of found.files) host.record(file);
  host.flushSoon();
  return found.result;
}
