import type { StorageChoice } from './storage-options.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Why there are no books to look at, in a sentence: a process that keeps its runs in files has them in its memory, and they go with it.
 * Undefined where the books are kept.
 */
export function missingBooks({ journal }: StorageChoice, { environment }: Surroundings): string | undefined {
  if ((journal ?? environment.journal) !== 'file') return undefined;
  return 'Runs kept in files have no books: usage and budgets end with their process.';
}
