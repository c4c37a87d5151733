interface Measured {
  words: number;
}

interface Context {
  task: string;
  node: string;
  failures: readonly unknown[];
  labels: readonly string[];
  signal: AbortSignal;
  with: { words_wanted: number };
}

/** How much of the wanted length is there, from 0 to 1; partial if there is nothing to score. */
export async function score(input: Measured, { signal, with: { words_wanted } }: Context) {
  signal.throwIfAborted();
  const output = { ...input, score: Math.min(1, input.words / words_wanted) };
  return input.words > 1 ? output : { outcome: 'partial', output };
}
