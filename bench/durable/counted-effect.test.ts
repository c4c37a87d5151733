import { expect, it } from 'vitest';
import { countEffects } from './counted-effect.ts';

it('tells a contender that skipped a step, or did one twice', async () => {
  const effects = countEffects();
  for (let step = 0; step < 19; step += 1) await effects.perform();
  expect(() => effects.expectFrom('the contender', 2)).toThrow('the contender performed 19 effects in 2 runs; expected 20');
  await effects.perform();
  expect(() => effects.expectFrom('the contender', 2)).not.toThrow();
  await effects.perform();
  expect(() => effects.expectFrom('the contender', 2)).toThrow('performed 21');
});
