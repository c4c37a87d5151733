import type { EffectKind, Json } from '@espalier/core';
import { EspalierError } from '@espalier/core';

/** A call that wants to leave the process, before the gate has judged it. */
export interface Effect {
  kind: EffectKind;
  /** What is called: `offline/outline`, `read_file`, `./handlers/x.ts#fn`. */
  target: string;
  input: Json;
}

const issued = new WeakSet<Permit>();

/** The right to perform one effect, once. Only `issuePermit` makes one, and only the gate imports that (S20). */
export class Permit {
  readonly #effect: Effect;

  /** @internal */
  constructor(effect: Effect) {
    this.#effect = effect;
  }

  /**
   * Uses the permit up. Every adapter calls this before it acts.
   * @throws EspalierError `effect.refused` if the permit is forged, used, or for another effect.
   */
  static redeem(permit: Permit, kind: EffectKind, target: string): Effect {
    if (!(permit instanceof Permit) || !issued.delete(permit)) {
      throw new EspalierError('effect.refused', `The ${kind} call of ${target} has no permit from the gate, or one that was used before.`);
    }
    if (permit.#effect.kind !== kind || permit.#effect.target !== target) {
      throw new EspalierError(
        'effect.refused',
        `The permit is for ${permit.#effect.kind} ${permit.#effect.target}, not for ${kind} ${target}.`,
      );
    }
    return permit.#effect;
  }
}

/** For the gate alone: `npm run check` refuses any other importer. */
export function issuePermit(effect: Effect): Permit {
  const permit = new Permit(effect);
  issued.add(permit);
  return permit;
}
