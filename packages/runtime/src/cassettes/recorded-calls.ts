import { canonicalJson, EspalierError, hashJson, type Json, nearestNames } from '@espalier/core';
import { type Entry, invalid, type RecordedCall } from './cassette.ts';
import { firstDifference, nearestCall } from './nearest-call.ts';

/** The calls of one kind that a cassette holds, and which of them were asked for so far. */
export class RecordedCalls<Call extends RecordedCall> {
  readonly #file: string;
  readonly #byTarget: ReadonlyMap<string, Entry<Call>[]>;
  /** In the order in which equal requests were made. */
  readonly #byRequest: ReadonlyMap<string, Entry<Call>[]>;
  readonly #asked = new Map<string, number>();

  /**
   * @param file how messages name the cassette.
   * @throws EspalierError `cassette.invalid` if two calls claim to be the same occurrence.
   */
  constructor(file: string, entries: readonly Entry<Call>[]) {
    this.#file = file;
    this.#byTarget = Map.groupBy(entries, ({ call }) => call.target);
    this.#byRequest = Map.groupBy(entries, ({ call }) => keyOf(call.target, call.hash));
    for (const equal of this.#byRequest.values()) {
      equal.sort((left, right) => left.call.occurrence - right.call.occurrence);
      const twice = equal.find(({ call }, index) => call.occurrence === equal[index - 1]?.call.occurrence);
      if (twice) throw invalid({ file, line: twice.line }, `occurrence ${twice.call.occurrence} of this request is there twice`);
    }
  }

  all(): Call[] {
    return [...this.#byTarget.values()].flat().map(({ call }) => call);
  }

  /**
   * The recording of a request without secrets and personal data: the n-th equal request gets the n-th recording. Further ones get the last,
   * if all were equal.
   * @throws EspalierError `cassette.miss` with the recorded request that is most like it.
   */
  next(target: string, request: Json): Call {
    const hash = hashJson(request);
    const key = keyOf(target, hash);
    const recordings = this.#byRequest.get(key) ?? [];
    const asked = this.#asked.get(key) ?? 0;
    this.#asked.set(key, asked + 1);
    const found = recordings[asked] ?? (allEqual(recordings) ? recordings.at(-1) : undefined);
    if (found !== undefined) return found.call;
    throw recordings.length > 0 ? this.#usedUp(target, hash, recordings) : this.#unknown(target, hash, request);
  }

  #usedUp(target: string, hash: string, recordings: readonly Entry<Call>[]): EspalierError {
    const lines = recordings
      .map(({ line }) => line)
      .slice(0, 20)
      .join(', ');
    const message = `${this.#file} holds this call of ${target} ${recordings.length} times, with different answers (lines ${lines}), and it was made once more.`;
    return new EspalierError('cassette.miss', message, { details: { target, hash, nearest: null } });
  }

  #unknown(target: string, hash: string, request: Json): EspalierError {
    const nearest = nearestCall(request, this.#byTarget.get(target) ?? []);
    const difference = nearest && firstDifference(nearest.call.request, request);
    if (nearest === undefined || difference === undefined) return this.#unknownTarget(target, hash);
    const where = `The nearest, line ${nearest.line}, first differs at ${difference.path || 'the top'}`;
    const what = `recorded “${difference.recorded}”, asked “${difference.asked}”`;
    return new EspalierError('cassette.miss', `${this.#file} holds no such call of ${target}. ${where}: ${what}.`, {
      details: { target, hash, nearest: { line: nearest.line, hash: nearest.call.hash, ...difference } },
    });
  }

  #unknownTarget(target: string, hash: string): EspalierError {
    const others = nearestNames(target, [...this.#byTarget.keys()]).join(', ');
    const message = `${this.#file} holds no call of ${target}; it has calls of ${others || 'nothing of its kind'}.`;
    return new EspalierError('cassette.miss', message, { details: { target, hash, nearest: null } });
  }
}

function keyOf(target: string, hash: string): string {
  return `${hash} ${target}`;
}

/** Whether it makes no difference which of them is replayed. */
function allEqual(recordings: readonly Entry[]): boolean {
  const answers = recordings.map(({ call: { occurrence, ...rest } }) => canonicalJson(rest));
  return new Set(answers).size === 1;
}
