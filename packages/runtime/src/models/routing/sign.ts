/** Something about a request that makes it harder, and why, in a few words for people. */
export interface Sign {
  /** How much of what is left to full complexity it takes: 0 to 1. */
  weight: number;
  reason: string;
}

/**
 * How complex a request with these signs is: 0 to 1, to two digits. Every sign takes its share of what the others left, so that one more
 * never makes a request simpler and no number of them goes beyond 1.
 */
export function complexityOf(signs: readonly Sign[]): number {
  const left = signs.reduce((rest, { weight }) => rest * (1 - weight), 1);
  return Math.round((1 - left) * 100) / 100;
}

/** `one` or `many` with the number before it, digits in groups: `3,200 tokens`. */
export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
