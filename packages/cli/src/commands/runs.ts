import { EspalierError, faultOf } from '@espalier/core';
import type { Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { elapsedMs } from '../activity/run-summary.ts';
import { positiveInteger } from '../input/positive-integer.ts';
import { outcomePaint } from '../output/outcome-symbol.ts';
import { countText, durationText, timeText } from '../output/quantities.ts';
import type { Style } from '../output/style.ts';
import { type Cell, table } from '../output/table.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withPlatform } from '../with-platform.ts';

interface RunsChoice {
  state?: string;
  limit: number;
  json?: true;
}

/** A run in a list; one whose journal cannot be read has an error instead. */
type ListedRun =
  | {
      run: string;
      workflow: string;
      status: string;
      outcome: 'success' | 'failure' | 'partial' | null;
      started_at: number;
      duration_ms: number;
    }
  | { run: string; error: { code: string; message: string } };

/** `espalier runs`: the runs of the state directory. */
export function addRunsCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  program
    .command('runs')
    .summary('List runs.')
    .description('List runs, the newest last.')
    .option('--state <directory>', 'where runs are kept; default: $ESPALIER_STATE, else .espalier')
    .option('--limit <count>', 'how many of the newest to list', positiveInteger, 20)
    .option('--json', 'print one JSON object')
    .action(async (choice: RunsChoice) =>
      exit(await withPlatform(surroundings, choice, (platform) => runs(platform, choice, surroundings))),
    );
}

async function runs(platform: Platform, { limit, json }: RunsChoice, { stdout }: Surroundings): Promise<number> {
  const all = await platform.runs();
  const listed: ListedRun[] = [];
  for (const run of all.slice(-limit)) listed.push(await listedRun(platform, run));
  if (json) stdout.write(`${JSON.stringify({ total: all.length, runs: listed })}\n`);
  else if (all.length === 0) stdout.write('There are no runs yet.\n');
  else {
    const head = { titles: ['Run', 'Workflow', 'Status', 'Outcome', 'Started', 'Took'], paint: stdout.style.dim };
    const rows = listed.map((run) => rowOf(run, stdout.style));
    stdout.write(table(rows, { width: Math.max(stdout.width, 100), head, indent: 0 }));
    if (all.length > listed.length)
      stdout.write(stdout.style.dim(`${countText(all.length - listed.length, 'older run')} not shown: see --limit\n`));
  }
  return 0;
}

/** A damaged journal must not hide the others. */
async function listedRun(platform: Platform, run: string): Promise<ListedRun> {
  try {
    const { workflow, status, result, events } = await platform.inspect(run);
    const outcome = result.outcome ?? null;
    return { run, workflow: workflow.id, status, outcome, started_at: events[0]?.at ?? 0, duration_ms: elapsedMs(events) };
  } catch (thrown) {
    if (!(thrown instanceof EspalierError)) throw thrown;
    const { code, message } = faultOf(thrown);
    return { run, error: { code, message } };
  }
}

function rowOf(listed: ListedRun, style: Style): Cell[] {
  if ('error' in listed) return [listed.run, { text: listed.error.code, paint: style.red }];
  const { run, workflow, status, outcome, started_at: startedAt, duration_ms: duration } = listed;
  const outcomeCell: Cell = outcome === null ? '' : { text: outcome, paint: outcomePaint(outcome, style) };
  return [run, workflow, status, outcomeCell, timeText(startedAt), durationText(duration)];
}
