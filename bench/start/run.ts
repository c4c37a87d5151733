/* `npm run bench -- start`: how long a fresh process takes until an embedded database has answered it, on first boot and later. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeMachine, makeDiskDirectory } from '../shared/machine.ts';
import { summarise } from '../shared/statistics.ts';
import { figure, table } from '../shared/table.ts';

/** Milliseconds from the first import to the answer, and from the start of the process. */
interface Sample {
  opened: number;
  process: number;
}

const rounds = 15;
const names = ['first boot', 'later', 'PGlite alone, later'] as const;
const aims: Readonly<Record<string, string>> = { 'first boot': '< 1,000', later: '< 500' };

const disk = await makeDiskDirectory();
try {
  const { node, cores, processor, fileSystem } = await describeMachine(disk);
  print(`Node ${node}, ${cores} × ${processor}, ${fileSystem}; ${rounds} rounds, each process fresh, modules compiled before`);
  const samples = await measure(disk);
  const floor = samples['PGlite alone, later'].map(({ opened }) => opened);
  const rows = names.map((name) => {
    const opened = summarise(samples[name].map((sample) => sample.opened));
    const ratio = summarise(samples[name].map((sample, round) => sample.opened / (floor[round] ?? Number.NaN)));
    const whole = summarise(samples[name].map((sample) => sample.process));
    const spread = `${figure(opened.p10)}–${figure(opened.p90)}`;
    return [name, figure(opened.median), spread, aims[name] ?? '', `${figure(ratio.median)} ×`, figure(whole.median)];
  });
  print(table([['milliseconds', 'median', 'p10–p90', 'aim', 'PGlite alone', 'since process began'], ...rows]));
} finally {
  await rm(disk, { recursive: true });
}

async function measure(folder: string): Promise<Record<(typeof names)[number], Sample[]>> {
  const samples = { 'first boot': [] as Sample[], later: [] as Sample[], 'PGlite alone, later': [] as Sample[] };
  for (let round = -1; round < rounds; round += 1) {
    const directory = join(folder, `database-${round}`);
    const taken = [
      await open('open-store.ts', directory, folder),
      await open('open-store.ts', directory, folder),
      await open('open-pglite.ts', directory, folder),
    ];
    if (round < 0) continue; // compiles the modules
    for (const [index, name] of names.entries()) samples[name].push(taken[index] as Sample);
  }
  return samples;
}

async function open(program: string, directory: string, folder: string): Promise<Sample> {
  const paths = [join(import.meta.dirname, program), directory, join(folder, 'compiled')];
  const { stdout } = await promisify(execFile)(process.execPath, paths);
  return JSON.parse(stdout);
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}
