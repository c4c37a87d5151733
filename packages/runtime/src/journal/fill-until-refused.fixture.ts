/* Run by a test under a limit on the size of files: appends until the journal refuses, then once more with a smaller commit. */
import { EspalierError } from '@espalier/core';
import { JsonlJournal } from './jsonl-journal.ts';
import { outputEvent, sampleEvents } from './sample-events.ts';

const journal = new JsonlJournal(process.argv[2] ?? '');
const big = outputEvent('x'.repeat(1500));
let commits = 0;
let code = 'none';
while (code === 'none') {
  try {
    await journal.append('r1', commits, [big]);
    commits += 1;
  } catch (thrown) {
    code = thrown instanceof EspalierError ? thrown.code : String(thrown);
  }
}
const smaller = await journal.append('r1', commits, sampleEvents(1)).then(
  () => 'fits',
  (thrown: unknown) => String(thrown),
);
await journal.close();
process.stdout.write(JSON.stringify({ code, commits, smaller }));
