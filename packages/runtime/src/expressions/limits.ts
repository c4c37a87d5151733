/** Bounds of one evaluation. All are counts, never clock readings: the same expression over the same input always ends the same way (S16). */
export const expressionLimits = {
  /** Characters of source text. */
  source: 20_000,
  /** Levels of the syntax tree. */
  nesting: 500,
  /** Units of work; one step costs one unit, and so do 64 characters or values that a function reads. Measured: 0.7 s. */
  work: 500_000,
  /** Evaluations open at once: the depth of a recursion, and the members of a literal. */
  open: 20_000,
  /** Items of a list made by the expression. */
  items: 100_000,
  /** Characters of a string made by the expression. */
  text: 1_000_000,
  /** Values in a tree made by the expression, with every 16 characters of text counted as one. */
  weight: 1_000_000,
  /** Milliseconds before an evaluation with regular expressions is stopped: a fault, not a result (S12). */
  regexMs: 1_000,
} as const;
