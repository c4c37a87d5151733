import { resolve } from 'node:path';
import { EspalierError } from '@espalier/core';
import type { Command } from 'commander';
import { mermaid } from '../output/mermaid.ts';
import { problemCount } from '../output/problem-list.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withoutConfiguration } from '../with-platform.ts';

/** `espalier graph`: a workflow as a Mermaid flowchart. */
export function addGraphCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  program
    .command('graph')
    .summary('Draw a workflow (Mermaid).')
    .description('Print the graph of a workflow as a Mermaid flowchart: a shape per role, agents with a thick border.')
    .argument('<directory>', 'the directory of the workflow')
    .action(async (directory: string) => {
      const path = resolve(surroundings.directory, directory);
      const compiled = await withoutConfiguration(surroundings, (platform) => platform.compile(path));
      if (!compiled.ok) {
        const details = { problems: compiled.problems.map((problem) => ({ ...problem })) };
        throw new EspalierError('manifest.invalid', `The workflow in ${directory} has ${problemCount(compiled.problems)}.`, { details });
      }
      surroundings.stdout.write(mermaid(compiled.workflow));
      exit(0);
    });
}
