import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { commandsPage } from '../packages/cli/src/output/commands-page.ts';
import { createProgram } from '../packages/cli/src/program.ts';
import { processSurroundings } from '../packages/cli/src/surroundings.ts';

/** Writes `docs/cli.md`; with --check it writes nothing and fails if the file is out of date. */
const file = new URL('../docs/cli.md', import.meta.url);
const text = commandsPage(createProgram(processSurroundings(), () => {}));
const present = await readFile(file, 'utf8').catch(() => undefined);

if (present === text) process.stdout.write('docs/cli.md is up to date\n');
else if (process.argv.includes('--check')) {
  process.stderr.write('docs/cli.md is out of date: run node scripts/generate-cli-docs.ts\n');
  process.exitCode = 1;
} else {
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, text);
  process.stdout.write('docs/cli.md written\n');
}
