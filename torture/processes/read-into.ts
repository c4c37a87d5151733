import { appendFileSync } from 'node:fs';
import { nameOfEvent } from '../evidence.ts';

/** A reader that writes down what it is handed, and dies when it has taken `diesAfter` events and not said so yet. */
export function readInto(path: string, diesAfter: number | undefined): (event: Parameters<typeof nameOfEvent>[0]) => void {
  let taken = 0;
  return (event) => {
    appendFileSync(path, `${nameOfEvent(event)}\n`);
    taken += 1;
    if (taken === diesAfter) process.kill(process.pid, 'SIGKILL');
  };
}
