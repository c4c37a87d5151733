import type { ManifestProblemCode } from './problem-codes.ts';

/** Something wrong with the text of a file, before it has a line and a column. */
export interface SyntaxFault {
  code: ManifestProblemCode;
  message: string;
  offset: number;
}

/** Deeper nesting is refused: no manifest needs it, and recursion over it must end. */
export const maxDepth = 100;
