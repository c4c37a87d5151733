import { openStore } from '@espalier/store';

/** How many events of each type the log in the embedded database `directory` holds. */
export async function countEvents(directory: string): Promise<Map<string, number>> {
  const store = await openStore({ location: { directory } });
  try {
    const counts = new Map<string, number>();
    let cursor: string | undefined;
    for (;;) {
      const page = await store.system().readLog({ cursor });
      if (page.events.length === 0) return counts;
      for (const { type } of page.events) counts.set(type, (counts.get(type) ?? 0) + 1);
      cursor = page.cursor;
    }
  } finally {
    await store.close();
  }
}
