import { resolve } from 'node:path';
import type { CredentialStatus, Platform } from '@espalier/platform';
import type { Command } from 'commander';
import type { Paint, Style } from '../output/style.ts';
import { type Cell, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { indented } from '../output/wrap-text.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withoutRuns } from '../with-platform.ts';

/** `espalier credentials`: whether the secrets that a workflow names can be used, without showing them (ENG-C). */
export function addCredentialsCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  program
    .command('credentials')
    .summary('Check a workflow’s credentials.')
    .description('Check that the secrets of a workflow can be found and are kept safely. Names are shown, secrets never.')
    .argument('<directory>', 'the directory of the workflow')
    .option('--json', 'print one JSON object')
    .action(async (directory: string, { json }: { json?: true }) => {
      exit(await withoutRuns(surroundings, (platform) => credentials(platform, { directory, json: json === true }, surroundings)));
    });
}

interface CredentialsRequest {
  directory: string;
  json: boolean;
}

/** Not finding a secret is the answer to the question, not an error; the exit code is that of bad input nevertheless. */
async function credentials(platform: Platform, { directory, json }: CredentialsRequest, surroundings: Surroundings): Promise<number> {
  const { stdout, environment } = surroundings;
  const report = await platform.credentials(resolve(surroundings.directory, directory), environment);
  const ok = report.every(({ state }) => state === 'found');
  if (json) stdout.write(`${JSON.stringify({ ok, credentials: report })}\n`);
  else stdout.write(report.length === 0 ? 'The workflow declares no credentials.\n' : reportText(report, stdout));
  return ok ? 0 : 2;
}

function reportText(report: readonly CredentialStatus[], { width, style }: Terminal): string {
  const head = { titles: ['Credential', 'Provider', 'State', 'Source'], paint: style.dim };
  const rows = report.map(({ id, provider, state, name }): Cell[] => [
    id,
    provider,
    { text: state, paint: statePaint(state, style) },
    name,
  ]);
  const advice = report.map((status) => (status.advice === undefined ? '' : `\n${indented(status.advice, 0, width)}`));
  return `${table(rows, { width: Math.max(width, 100), head, indent: 0 })}${advice.join('')}`;
}

function statePaint(state: CredentialStatus['state'], style: Style): Paint {
  return state === 'found' ? style.green : style.red;
}
