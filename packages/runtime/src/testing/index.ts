/* For tests of other packages. */
export { type JournalUnderTest, journalConformance } from '../journal/conformance.ts';
export { outputEvent, sampleEvents } from '../journal/sample-events.ts';
