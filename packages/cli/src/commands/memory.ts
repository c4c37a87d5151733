import { canonicalJson } from '@espalier/core';
import type { Platform, StoredMemory } from '@espalier/platform';
import type { Command } from 'commander';
import { positiveInteger } from '../input/positive-integer.ts';
import { oneLine } from '../output/printable.ts';
import { timeText } from '../output/quantities.ts';
import { type Cell, table } from '../output/table.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface MemoryChoice extends StorageChoice {
  project?: string;
  tag: string[];
  limit: number;
  json?: true;
}

/** `espalier memory`: what runs remembered (ENG-S). */
export function addMemoryCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('memory')
    .summary('List what runs remembered.')
    .description('List the entries of a project’s memory, or of the global one, the newest last.')
    .option('--project <id>', 'of this project; default: the global store')
    .option('--tag <tag>', 'entries with this tag; may be repeated for entries with any of several', collect, [])
    .option('--limit <count>', 'how many of the newest to list', positiveInteger, 20)
    .option('--json', 'print one JSON object, with whole values');
  addStorageOptions(command).action(async (choice: MemoryChoice) =>
    exit(await withKeptRuns(surroundings, choice, (platform) => list(platform, choice, surroundings))),
  );
}

function collect(tag: string, tags: readonly string[]): string[] {
  return [...tags, tag];
}

async function list(platform: Platform, { project, tag, limit, json }: MemoryChoice, { stdout }: Surroundings): Promise<number> {
  const place = project === undefined ? { store: 'global' as const, project: '' } : { store: 'project' as const, project };
  const entries = (await platform.memory(place, { tags: tag, limit })).reverse();
  if (json) stdout.write(`${JSON.stringify({ ...place, entries })}\n`);
  else if (entries.length === 0) stdout.write('Nothing is remembered there.\n');
  else {
    const head = { titles: ['Written', 'Run', 'Node', 'Tags', 'Value'], paint: stdout.style.dim };
    stdout.write(table(entries.map(rowOf), { width: Math.max(stdout.width, 100), head, indent: 0 }));
  }
  return 0;
}

function rowOf({ at, run, node, tags, value }: StoredMemory): Cell[] {
  return [timeText(at), run, node, oneLine(tags.join(' ')), oneLine(typeof value === 'string' ? value : canonicalJson(value))];
}
