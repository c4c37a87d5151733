import { hashJson } from '@espalier/core';
import type { WaitRequest } from '../ports/node-program.ts';
import { pause } from '../timers/timers.ts';
import { attemptAt, type EffectHost, type EffectPlace, requireUnderWay } from './effect-place.ts';
import { begin, close, completion, knownEffect, recordedResult } from './effect-record.ts';
import { findReusable, reuse } from './reuse.ts';

/**
 * Waits between the two records of an effect. The first one fixes when the wait is over: a restart arms it again for that time, under the
 * same try, and it is never unknown (S9).
 * @throws EspalierError `journal.diverged`; what the signal was aborted with.
 */
export async function performWait(host: EffectHost, place: EffectPlace, request: WaitRequest): Promise<void> {
  requireUnderWay(host, place, 'wait');
  const inputHash = hashJson(request.input);
  const known = knownEffect(host, place, { kind: 'timer', inputHash });
  if (known?.result) {
    recordedResult(known.result);
    return;
  }
  const asked = { kind: 'timer' as const, target: 'wait', inputHash };
  const found = known ? undefined : findReusable(host, place, asked);
  if (found) {
    reuse(host, place, { ...asked, found });
    return;
  }
  const attempt = attemptAt(host, place, 1);
  const dueAt = known?.dueAt ?? request.dueAt(host.ports.now());
  if (!known) {
    const what = { kind: 'timer' as const, target: 'wait', input_hash: inputHash, verdicts: [], due_at: dueAt };
    await begin(host, place, { type: 'effect.started', payload: { ...attempt, ...what } });
  }
  await pause(dueAt - host.ports.now(), place.signal);
  await close(host, place, [completion(attempt, { outcome: 'success', output: null })]);
}
