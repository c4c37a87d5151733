/* For tests of other packages. */
export { type JournalUnderTest, journalConformance } from '../journal/conformance.ts';
export { outputEvent, sampleEvents } from '../journal/sample-events.ts';
export { type MemoryStoreUnderTest, memoryStoreConformance } from '../memory/conformance.ts';
export { newMemory } from '../memory/sample-memory.ts';
export { bookkeepingConformance } from '../usage/conformance.ts';
export type { BookkeepingTenant, BookkeepingUnderTest } from '../usage/testing/bookkeeping.ts';
export { assumedEvent, budget, overrunEvent, reservedEvent, settledEvent } from '../usage/testing/sample-accounts.ts';
