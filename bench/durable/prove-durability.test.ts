import { describe, expect, it } from 'vitest';
import type { Contender } from './contender.ts';
import { countEffects } from './counted-effect.ts';
import { proveDurability } from './prove-durability.ts';

/** A run of ten effects on a pretended server whose log reaches the disk before effects and at the end, as told. */
function provingWith({ everyStep, commitBefore, commitAtEnd }: { everyStep: boolean; commitBefore: number[]; commitAtEnd: boolean }) {
  const contender = { name: 'the contender', everyStep } as Contender;
  const effects = countEffects();
  let flushed = 0;
  const run = async () => {
    for (let step = 0; step < 10; step += 1) {
      if (commitBefore.includes(step)) flushed += 100;
      await effects.perform();
    }
    if (commitAtEnd) flushed += 100;
  };
  return proveDurability(contender, { effects, flushed: async () => flushed, run });
}

const allSteps = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('proveDurability', () => {
  it('believes a contender that commits before every effect and at the end', async () => {
    await expect(provingWith({ everyStep: true, commitBefore: allSteps, commitAtEnd: true })).resolves.toBeUndefined();
  });

  it('refuses one that says so and leaves out one commit', async () => {
    const proof = provingWith({ everyStep: true, commitBefore: allSteps.filter((step) => step !== 4), commitAtEnd: true });
    await expect(proof).rejects.toThrow('the contender: 10 of 11 moments brought something to disk; expected 11');
  });

  it('refuses one that ends a run before its last step is on disk', async () => {
    await expect(provingWith({ everyStep: true, commitBefore: allSteps, commitAtEnd: false })).rejects.toThrow('10 of 11');
  });

  it('believes one that promises the end of the run alone', async () => {
    await expect(provingWith({ everyStep: false, commitBefore: [], commitAtEnd: true })).resolves.toBeUndefined();
  });

  it('refuses one that leaves nothing on disk', async () => {
    await expect(provingWith({ everyStep: false, commitBefore: [], commitAtEnd: false })).rejects.toThrow('0 of 11');
  });
});
