import type { ImportEdge } from './import-edge.ts';

/** What the rules know of the repository beside the import at hand. */
export interface House {
  /** Every file that a package's `exports` declare, relative to the root. */
  entries: ReadonlySet<string>;
}

/** A law about single imports. */
export interface Rule {
  /** What it demands, as shown to whoever broke it. */
  name: string;
  refuses(edge: ImportEdge, house: House): boolean;
}
