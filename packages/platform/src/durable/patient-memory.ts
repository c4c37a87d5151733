import type { MemoryStore } from '@espalier/runtime/ports';
import { whileAway } from './patient-journal.ts';

/** Memory that is written and read again while the database is away: a write may be repeated. */
export function patientMemory(memory: MemoryStore, patienceMs: number): MemoryStore {
  return {
    adapter: memory.adapter,
    write: (place, entry, options) => whileAway(patienceMs, () => memory.write(place, entry, options)),
    read: (place, query) => whileAway(patienceMs, () => memory.read(place, query)),
  };
}
