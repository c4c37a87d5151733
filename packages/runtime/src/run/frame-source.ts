import { type Frame, isJsonObject, type Json } from '@espalier/core';
import { type Attempt, attemptAt, type EffectHost, type EffectPlace } from './effect-place.ts';

/** Where the frames of one effect come from: its tries, one after the other (S24). */
export class FrameSource {
  readonly #host: EffectHost;
  readonly #place: EffectPlace;
  readonly #mode: 'live' | 'after';
  #attempt: Attempt;
  #offset = 0;
  /** Whether anything of this effect was shown, perhaps by a process before this one. */
  #hasSpoken: boolean;

  constructor(host: EffectHost, place: EffectPlace, { mode, hasSpoken }: { mode: 'live' | 'after'; hasSpoken: boolean }) {
    this.#mode = mode;
    this.#hasSpoken = hasSpoken;
    this.#host = host;
    this.#place = place;
    this.#attempt = attemptAt(host, place, 1);
  }

  /** A try begins. What another one had said before does not hold any more. */
  begin(number: number): void {
    this.#attempt = attemptAt(this.#host, this.#place, number);
    this.#offset = 0;
    if (this.#hasSpoken) this.#show({ kind: 'reset' });
    this.#hasSpoken = false;
  }

  delta(text: string): void {
    if (this.#mode === 'live' && !this.#place.signal.aborted) this.#say(text);
  }

  /** There will be no answer: what was shown of one does not hold. */
  retract(): void {
    this.#offset = 0;
    if (this.#hasSpoken) this.#show({ kind: 'retract' });
    this.#hasSpoken = false;
  }

  /** The answer is recorded. What of it was not shown is shown now: all of it, where nothing is shown before. */
  done(output: Json): void {
    const text = isJsonObject(output) && typeof output.text === 'string' ? output.text : '';
    this.#say(text.slice(this.#offset));
    this.#show({ kind: 'done' });
  }

  #say(text: string): void {
    if (text === '') return;
    this.#show({ kind: 'delta', text });
    this.#offset += text.length;
    this.#hasSpoken = true;
  }

  #show(what: { kind: 'delta'; text: string } | { kind: 'reset' } | { kind: 'retract' } | { kind: 'done' }): void {
    const { key, task, node, try: number } = this.#attempt;
    this.#host.show({ run: this.#host.run, task, node, effect: key, try: number, offset: this.#offset, ...what } as Frame);
  }
}
