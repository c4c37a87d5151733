/** The value below which `share` (0 to 1) of the values lie, by linear interpolation. @throws RangeError if there are no values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) throw new RangeError('no values');
  return below + (above - below) * (place - Math.floor(place));
}

export interface Summary {
  median: number;
  p10: number;
  p90: number;
}

/** Median and spread. */
export function summarise(values: readonly number[]): Summary {
  return { median: quantile(values, 0.5), p10: quantile(values, 0.1), p90: quantile(values, 0.9) };
}
