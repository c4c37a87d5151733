import { type Effect, steps } from './contender.ts';

/** The effect that every step of one contender performs. */
export interface CountedEffect {
  perform: Effect;
  /** Calls `look` before each effect, until it is called without one. */
  watch(look?: () => Promise<void>): void;
  /** @throws Error unless ten effects were performed for each of `runs`. */
  expectFrom(contender: string, runs: number): void;
}

export function countEffects(): CountedEffect {
  let performed = 0;
  let look: (() => Promise<void>) | undefined;
  return {
    perform: async () => {
      performed += 1;
      if (look) await look();
    },
    watch: (given) => {
      look = given;
    },
    expectFrom: (contender, runs) => {
      if (performed === runs * steps) return;
      throw new Error(`${contender} performed ${performed} effects in ${runs} runs; expected ${runs * steps}`);
    },
  };
}
