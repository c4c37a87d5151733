import { type Platform, profileOf } from '@espalier/platform';

/** The nodes of a run that took longest in all, the longest first, with how long they were queued on average. */
export async function slowestNodes(platform: Platform, run: string, count: number) {
  const { events } = await platform.inspect(run);
  return profileOf(events)
    .nodes.filter((node) => node.total_ms !== null)
    .toSorted((a, b) => (b.total_ms ?? 0) - (a.total_ms ?? 0))
    .slice(0, count)
    .map(({ node, total_ms, queue }) => ({ node, total_ms, queued_ms: queue?.mean_ms ?? null }));
}
