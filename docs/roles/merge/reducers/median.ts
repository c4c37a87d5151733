interface Arrival {
  node: string;
  task: string;
  status: 'success' | 'partial' | 'failure';
  output: number;
  metadata: { index: number };
}

/** The middle of what arrived, and how many tasks failed on the way. */
export function median(arrivals: readonly Arrival[], { failures }: { failures: readonly Arrival[] }) {
  const sorted = arrivals.map((arrival) => arrival.output).sort((left, right) => left - right);
  return { median: sorted[Math.floor((sorted.length - 1) / 2)] ?? null, failed: failures.length };
}
