import type { ListedRun, Platform, RunEntry } from '@espalier/platform';
import type { Command } from 'commander';
import { positiveInteger } from '../input/positive-integer.ts';
import { outcomePaint } from '../output/outcome-symbol.ts';
import { oneLine } from '../output/printable.ts';
import { countText, durationText, timeText } from '../output/quantities.ts';
import type { Style } from '../output/style.ts';
import { type Cell, table } from '../output/table.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface RunsChoice extends StorageChoice {
  limit: number;
  json?: true;
}

/** `espalier runs`: the runs of the state directory. */
export function addRunsCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('runs')
    .summary('List runs.')
    .description('List runs, the newest last.')
    .option('--limit <count>', 'how many of the newest to list', positiveInteger, 20)
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (choice: RunsChoice) =>
    exit(await withKeptRuns(surroundings, choice, (platform) => runs(platform, choice, surroundings))),
  );
}

async function runs(platform: Platform, { limit, json }: RunsChoice, { stdout }: Surroundings): Promise<number> {
  const { total, runs: listed } = await platform.runs(limit);
  if (json) stdout.write(`${JSON.stringify({ total, runs: listed.map(entryJson) })}\n`);
  else if (total === 0) stdout.write('There are no runs yet.\n');
  else {
    const head = { titles: ['Run', 'Workflow', 'Status', 'Outcome', 'Started', 'Took'], paint: stdout.style.dim };
    const rows = listed.map((run) => rowOf(run, stdout.style));
    stdout.write(table(rows, { width: Math.max(stdout.width, 100), head, indent: 0 }));
    for (const run of listed) stdout.write(problemLine(run, stdout.style));
    if (total > listed.length) stdout.write(stdout.style.dim(`${countText(total - listed.length, 'older run')} not shown: see --limit\n`));
  }
  return 0;
}

function entryJson(entry: RunEntry) {
  if ('error' in entry) return entry;
  const { run, workflow, status, outcome, startedAt, lastAt, owner, problem } = entry;
  return {
    run,
    workflow,
    status,
    outcome: outcome ?? null,
    started_at: startedAt,
    duration_ms: lastAt === undefined ? null : lastAt - startedAt,
    owner: owner ?? null,
    problem: problem ?? null,
  };
}

function rowOf(listed: RunEntry, style: Style): Cell[] {
  if ('error' in listed) return [listed.run, { text: listed.error.code, paint: style.red }];
  const { run, workflow, status, outcome, startedAt } = listed;
  const outcomeCell: Cell = outcome === undefined ? '' : { text: outcome, paint: outcomePaint(outcome, style) };
  return [run, workflow, status, outcomeCell, timeText(startedAt), tookCell(listed, style)];
}

/** Of a run under way, instead: who drives it. One that waits or is paused needs nobody. */
function tookCell({ status, startedAt, lastAt, owner }: ListedRun, style: Style): Cell {
  if (lastAt !== undefined) return durationText(lastAt - startedAt);
  if (owner !== undefined) return { text: `by ${ownerText(owner)}`, paint: style.dim };
  return status === 'running' ? { text: 'by nobody', paint: style.dim } : '';
}

/** The host and the process id: what else tells owners apart tells people nothing. */
function ownerText(owner: string): string {
  return oneLine(owner.split('/').slice(0, 2).join('/'));
}

/** Why nobody drives a run that ought to be driven. */
function problemLine(listed: RunEntry, style: Style): string {
  if ('error' in listed || listed.problem === undefined || listed.lastAt !== undefined) return '';
  return style.red(`${listed.run} could not be taken up: ${oneLine(listed.problem)}\n`);
}
