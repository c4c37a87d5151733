/** A step of the workflow's own code that does nothing. */
export function noOp(input: unknown): unknown {
  return input;
}
