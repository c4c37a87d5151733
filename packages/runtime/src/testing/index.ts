/* For tests of other packages. */
export { type JournalUnderTest, journalConformance } from '../journal/conformance.ts';
export { outputEvent, sampleEvents } from '../journal/sample-events.ts';
export { type MemoryStoreUnderTest, memoryStoreConformance } from '../memory/conformance.ts';
export { newMemory } from '../memory/sample-memory.ts';
export { answering, breakingOff, failing, type ReceivedRequest, type Reply, type Step, slowly } from '../models/testing/reply.ts';
export { type ScriptedUpstream, startScriptedUpstream } from '../models/testing/scripted-upstream.ts';
export { bookkeepingConformance } from '../usage/conformance.ts';
export type { BookkeepingTenant, BookkeepingUnderTest } from '../usage/testing/bookkeeping.ts';
export { assumedEvent, budget, overrunEvent, reservedEvent, settledEvent } from '../usage/testing/sample-accounts.ts';
