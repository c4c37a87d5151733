import { z } from 'zod';

/*
 * What is shown while a model speaks (S24). Frames are ephemeral: nothing of them is journalled, and who misses one reads the text in the
 * outcome of the effect.
 */

const place = {
  run: z.string(),
  task: z.string(),
  node: z.string(),
  /** The key of the effect, and which of its tries speaks. */
  effect: z.string(),
  try: z.int().min(1),
  /** How many UTF-16 code units of this try's text came before. */
  offset: z.int().min(0),
};

/** `delta`: more text. `reset`: what was shown of this effect does not hold, another try begins. `retract`: what was shown behind `offset` does not hold. `done`: that was all. */
export const frameSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delta'), ...place, text: z.string() }),
  z.strictObject({ kind: z.literal('reset'), ...place }),
  z.strictObject({ kind: z.literal('retract'), ...place }),
  z.strictObject({ kind: z.literal('done'), ...place }),
]);
export type Frame = z.infer<typeof frameSchema>;
