import { EspalierError, type Json } from '@espalier/core';
import type { Platform } from '@espalier/platform';

/** Queues a run for each input, as far as there is room, and drives them. @returns how many were refused, and how the others ended. */
export async function drain(platform: Platform, directory: string, inputs: readonly Json[]) {
  const workflow = await platform.open(directory);
  let refused = 0;
  for (const input of inputs) {
    await workflow.enqueue({ input }).catch((thrown: unknown) => {
      if (!(thrown instanceof EspalierError && thrown.code === 'queue.full')) throw thrown;
      refused += 1;
    });
  }
  const outcomes: (string | undefined)[] = [];
  await platform.runQueued({ onEnded: ({ outcome }) => outcomes.push(outcome) });
  return { refused, outcomes };
}
