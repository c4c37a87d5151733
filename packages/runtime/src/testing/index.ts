/* For tests of other packages. */
export { type JournalUnderTest, journalConformance } from '../journal/conformance.ts';
export { outputEvent, sampleEvents } from '../journal/sample-events.ts';
export { type MemoryStoreUnderTest, memoryStoreConformance } from '../memory/conformance.ts';
export { newMemory } from '../memory/sample-memory.ts';
