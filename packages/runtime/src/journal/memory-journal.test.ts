import { journalConformance } from './conformance.ts';
import { MemoryJournal } from './memory-journal.ts';

journalConformance('MemoryJournal', async () => {
  const journal = new MemoryJournal();
  return {
    journal,
    // Closing keeps the events: the process is all the storage there is.
    reopen: async () => {
      await journal.close();
      return journal;
    },
    close: () => journal.close(),
  };
});
