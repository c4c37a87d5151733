import type { LogStatus, Platform, ReaderStatus } from '@espalier/platform';
import type { Command } from 'commander';
import { oneLine } from '../output/printable.ts';
import { countText, durationText } from '../output/quantities.ts';
import type { Style } from '../output/style.ts';
import { type Cell, table } from '../output/table.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withPlatform } from '../with-platform.ts';

interface ReadersChoice extends StorageChoice {
  json?: true;
}

/** `espalier readers`: how far the readers of the event log are behind (S4). */
export function addReadersCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  addStorageOptions(program.command('readers'))
    .summary('Show readers of the event log.')
    .description('Show how far every reader of the event log is behind, what it could not take, and what keeps events from all of them.')
    .option('--json', 'print one JSON object')
    .action(async (choice: ReadersChoice) => {
      exit(await withPlatform(surroundings, choice, (platform) => readers(platform, choice, surroundings)));
    });
}

async function readers(platform: Platform, { json }: ReadersChoice, { stdout }: Surroundings): Promise<number> {
  const status = await platform.logStatus();
  if (json) {
    stdout.write(`${JSON.stringify(statusJson(status))}\n`);
    return 0;
  }
  if (status.readers.length === 0) stdout.write('Nothing reads the log yet.\n');
  else {
    const head = { titles: ['Reader', 'Behind', 'Oldest', 'Tries', 'Passed over'], paint: stdout.style.dim };
    stdout.write(table(status.readers.map(rowOf), { width: stdout.width, head, indent: 0 }));
    for (const { name, problem } of status.readers) {
      if (problem !== undefined) stdout.write(stdout.style.red(`${oneLine(name)}: ${oneLine(problem)}\n`));
    }
  }
  stdout.write(horizonLine(status, stdout.style));
  return 0;
}

function rowOf({ name, behind, oldestAt, attempts, poisoned }: ReaderStatus): Cell[] {
  return [
    name,
    String(behind),
    oldestAt === undefined ? '' : durationText(Math.max(0, Date.now() - oldestAt)),
    String(attempts),
    String(poisoned),
  ];
}

/** An open transaction anywhere in the cluster keeps later events from all readers. */
function horizonLine({ horizon: { hidden, blocking } }: LogStatus, style: Style): string {
  if (hidden === 0) return '';
  const who = blocking
    ? `process ${blocking.pid} (${oneLine(blocking.application)}), for ${durationText(blocking.openForMs)}`
    : 'one that this user may not see';
  return style.dim(`${countText(hidden, 'event')} not shown to readers yet: a transaction is open, of ${who}\n`);
}

function statusJson({ readers: all, horizon: { hidden, blocking } }: LogStatus) {
  return {
    readers: all.map(({ name, behind, oldestAt, attempts, problem, poisoned }) => {
      return { name, behind, oldest_at: oldestAt ?? null, attempts, problem: problem ?? null, poisoned };
    }),
    hidden,
    blocking: blocking ? { pid: blocking.pid, application: blocking.application, open_for_ms: blocking.openForMs } : null,
  };
}
