import { EspalierError, type Json } from '@espalier/core';
import { openPlatform } from '@espalier/platform';

interface Announcement {
  /** What the run's root task came to. */
  output: Json;
  /** What has to be shown beside an agent's words. */
  notices: readonly string[];
  /** The types of the journal's events. */
  events: readonly string[];
}

/** Runs the workflow in `directory` once, in memory, and checks its journal. */
export async function announce(directory: string, input: Json): Promise<Announcement> {
  const platform = await openPlatform({ stateDirectory: '/unused', workspace: directory, journal: 'memory' });
  try {
    const { run: start, notices } = await platform.open(directory);
    const events: string[] = [];
    const handle = await start({ input, observe: (event) => events.push(event.type) });
    const { outcome, reason, output } = await handle.ended;
    if (outcome !== 'success') throw new EspalierError('node.handler_failed', reason ?? 'The run failed.');
    const verification = await platform.verify(handle.run);
    if (!verification.ok) throw new EspalierError('journal.diverged', verification.divergence.reason);
    return { output, notices, events };
  } finally {
    await platform.close();
  }
}
