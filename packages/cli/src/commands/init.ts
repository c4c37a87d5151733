import { relative, resolve } from 'node:path';
import { EspalierError } from '@espalier/core';
import { type Command, Option } from 'commander';
import { commandLine } from '../advice.ts';
import { copyTemplate, defaultTemplate, templateNames } from '../init/templates.ts';
import { oneLine } from '../output/printable.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';

/** `espalier init`: a first workflow to change. */
export function addInitCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  program
    .command('init')
    .summary('Write a first workflow.')
    .description('Write a small workflow that runs as it is. Files that are there already are never overwritten.')
    .argument('<directory>', 'where to write it; made if need be')
    .addOption(new Option('--template <name>', 'what to begin with').choices(templateNames()).default(defaultTemplate))
    .option('--json', 'print one JSON object')
    .action(async (directory: string, { template, json }: { template: string; json?: true }) => {
      const { stdout, directory: current } = surroundings;
      if (directory.trim() === '') throw new EspalierError('usage.invalid', 'The directory has no name.');
      const files = await copyTemplate(template, resolve(current, directory));
      if (json) stdout.write(`${JSON.stringify({ directory: resolve(current, directory), template, files })}\n`);
      else stdout.write(welcome(directory, files, surroundings));
      exit(0);
    });
}

function welcome(directory: string, files: readonly string[], surroundings: Surroundings): string {
  const { style } = surroundings.stdout;
  const shown = relative(surroundings.directory, resolve(surroundings.directory, directory)) || '.';
  const step = (words: string[], what: string) => `  ${style.bold(commandLine(surroundings, words))}\n    ${style.dim(what)}\n`;
  return [
    `${style.green('✓')} Wrote ${files.length} files to ${oneLine(shown)}:\n`,
    ...files.map((file) => `  ${file}\n`),
    '\nNext:\n',
    step(['validate', shown], 'checks it'),
    step(['run', shown, 'Espalier trains agents along a fixed lattice.'], 'runs it; without the text it uses an example'),
    step(['graph', shown], 'draws it'),
  ].join('');
}
