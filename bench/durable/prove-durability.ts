import { type Contender, steps } from './contender.ts';
import type { CountedEffect } from './counted-effect.ts';

interface Proof {
  effects: CountedEffect;
  /** Bytes of the server's log that are on disk. */
  flushed(): Promise<number>;
  /** Performs one run alone. */
  run(): Promise<void>;
}

/**
 * Looks, from inside each step of one run, whether the server has brought more of its log to disk since the step before.
 * @throws Error if a contender that says so does not commit every step, or if a run ends before anything of it is on disk.
 */
export async function proveDurability({ name, everyStep }: Contender, { effects, flushed, run }: Proof): Promise<void> {
  const seen: number[] = [await flushed()];
  effects.watch(async () => void seen.push(await flushed()));
  await run();
  effects.watch();
  seen.push(await flushed());
  const advances = seen.filter((bytes, index) => index > 0 && bytes > (seen[index - 1] ?? 0)).length;
  // Before the first effect, between each and the next, and after the last.
  const expected = everyStep ? steps + 1 : 1;
  if (advances < expected) throw new Error(`${name}: ${advances} of ${steps + 1} moments brought something to disk; expected ${expected}`);
}
