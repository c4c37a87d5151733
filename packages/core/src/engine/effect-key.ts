/** The name of one effect: its place in call order inside its node (S9). Neither takeover nor retry changes it. */
export function effectKey(run: string, place: { task: string; node: string; ordinal: number }): string {
  return `${run}/${place.task}/${place.node}/${place.ordinal}`;
}

/** The ordinal in a key that `effectKey` made. */
export function ordinalOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1));
}
