import { oneLine } from './output/printable.ts';
import type { Surroundings } from './surroundings.ts';

/** A command line that works when it is typed here: `espalier inspect run_01`. */
export function commandLine({ environment }: Surroundings, words: readonly string[]): string {
  return oneLine([environment.invocation, ...words.map(shellWord)].join(' '));
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
