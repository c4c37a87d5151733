/* Run by tests as a second process: tries to take a run for writing, says what came of it, and holds it until its input ends. */
import { EspalierError } from '@espalier/core';
import { JsonlJournal } from './jsonl-journal.ts';
import { sampleEvents } from './sample-events.ts';

const [root = '', run = '', expectedSeq = '0'] = process.argv.slice(2);
const journal = new JsonlJournal(root);
try {
  await journal.append(run, Number(expectedSeq), sampleEvents(1));
  process.stdout.write(`${JSON.stringify({ held: true })}\n`);
} catch (thrown) {
  const fault = thrown instanceof EspalierError ? thrown.toFault() : { message: String(thrown) };
  process.stdout.write(`${JSON.stringify({ held: false, ...fault })}\n`);
}
process.stdin.on('end', () => journal.close()).resume();
