import type { Durations, Gauge, Span, Timing } from './profile.ts';

/** What spans add up to. */
export function timingOf(spans: readonly Span[]): Timing {
  const total = spans.reduce((sum, span) => sum + lengthOf(span), 0);
  const durations = durationsOf(spans.filter((span) => !span.open).map(lengthOf));
  return { total_ms: spans.length === 0 ? null : total, durations, spans };
}

/** The distribution of durations in milliseconds, percentiles by nearest rank; null if there are none. */
export function durationsOf(lengths: readonly number[]): Durations | null {
  const sorted = Float64Array.from(lengths).sort();
  const max = sorted.at(-1);
  if (max === undefined) return null;
  const sum = sorted.reduce((total, length) => total + length, 0);
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? max;
  return { count: sorted.length, mean_ms: sum / sorted.length, p50_ms: rank(0.5), p95_ms: rank(0.95), max_ms: max };
}

/** How long a span is, in milliseconds. */
export function lengthOf({ start_ms: start, end_ms: end }: Span): number {
  return end - start;
}

/** The gauge after it was read once more. */
export function read(gauge: Gauge | null, value: number): Gauge {
  return { last: value, max: Math.max(value, gauge?.max ?? value) };
}
