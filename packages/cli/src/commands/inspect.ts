import type { JsonObject } from '@espalier/core';
import { type Platform, type RunReport, stateAt } from '@espalier/platform';
import type { Command } from 'commander';
import { printable } from '../output/printable.ts';
import { reportSummary } from '../output/report-summary.ts';
import { artifactTable, eventTable, historyTable } from '../output/report-tables.ts';
import { stateReport } from '../output/state-report.ts';
import type { Terminal } from '../output/terminal.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface InspectChoice extends StorageChoice {
  events?: true;
  artifacts?: true;
  showState?: true;
  at?: string;
  json?: true;
}

/** `espalier inspect`: a run as its journal has it, now or at any earlier event (ENG-T1, ENG-I). */
export function addInspectCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('inspect')
    .summary('Show a run.')
    .description(
      'Show a run: its summary and history; as it was after an event, with where its tasks were; or its events, artifacts or state.',
    )
    .argument('<run>', 'the id of a run, its beginning, or last')
    .option(
      '--at <event>',
      'as it was after this event: its number, -1 for the last, node:<id>[@<task>] where that node completed last, or before:<id> before it began',
    )
    .option('--events', 'every event')
    .option('--artifacts', 'every node output, tool result and file')
    .option('--show-state', 'the state that the engine has at that event, as JSON')
    .option('--json', 'print one JSON object; without another option everything');
  addStorageOptions(command).action(async (reference: string, choice: InspectChoice) => {
    exit(await withKeptRuns(surroundings, choice, (platform) => inspect(platform, { reference, choice }, surroundings)));
  });
}

interface InspectRequest {
  reference: string;
  choice: InspectChoice;
}

async function inspect(platform: Platform, { reference, choice }: InspectRequest, { stdout }: Surroundings): Promise<number> {
  const report = await platform.inspect(await findRun(platform, reference), choice.at);
  stdout.write(
    choice.json
      ? `${JSON.stringify(reportJson(report, choice))}\n`
      : sections(choice)
          .map((show) => show(report, stdout))
          .join('\n'),
  );
  return 0;
}

function sections({ events, artifacts, showState, at }: InspectChoice) {
  const chosen = [
    ...(events ? [eventTable] : []),
    ...(artifacts ? [artifactTable] : []),
    ...(showState ? [({ state }: RunReport) => `${printable(JSON.stringify(state, null, 2))}\n`] : []),
  ];
  if (chosen.length > 0) return chosen;
  return at === undefined ? [reportSummary, historyTable] : [reportSummary, stateNow];
}

/** The state after the last event that is shown. */
function stateNow(report: RunReport, terminal: Terminal): string {
  return stateReport(stateAt(report, report.events.length), terminal);
}

function reportJson(report: RunReport, { events, artifacts, showState }: InspectChoice): JsonObject {
  const { run, workflow, status, result } = report;
  const everything = !(events || artifacts || showState);
  const object = {
    run,
    workflow: workflow.id,
    workflow_hash: workflow.hash,
    seq: report.events.at(-1)?.seq ?? 0,
    status,
    outcome: result.outcome ?? null,
    exit: result.exit ?? null,
    reason: result.reason ?? null,
    output: result.output,
    ...(everything || events ? { events: report.events } : {}),
    ...(everything || artifacts ? { artifacts: report.artifacts } : {}),
    ...(everything || showState ? { state: report.state } : {}),
  };
  // Through JSON: events are plain data, but their types have members that may be undefined.
  return JSON.parse(JSON.stringify(object));
}
