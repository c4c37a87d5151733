import { resolve } from 'node:path';
import { EspalierError, usdText, type Workflow } from '@espalier/core';
import type { DeploymentReport, Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { amountJson } from '../amount-json.ts';
import { type Asked, askDeployment } from '../deployments/ask-deployment.ts';
import { checksOf } from '../deployments/checks.ts';
import { deploymentJson } from '../deployments/deployment-json.ts';
import { modelsOf } from '../deployments/workflow-models.ts';
import { askedTable, checkTable } from '../output/deployment-tables.ts';
import { exitCodeOf } from '../output/error-report.ts';
import { LiveLine } from '../output/live-line.ts';
import { noAgents, offlineNote } from '../output/model-notes.ts';
import { oneLine } from '../output/printable.ts';
import { countText, durationText } from '../output/quantities.ts';
import { indented } from '../output/wrap-text.ts';
import { addStarterOptions, type StarterChoice, starterOf } from '../starter-options.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withoutRuns, withPlatform } from '../with-platform.ts';

interface CheckChoice extends StorageChoice, StarterChoice {
  ask?: true;
  json?: true;
}

/** `espalier models check`: whether the models of a workflow can be asked, and what is missing if not (COG-1). */
export function addCheckCommand(models: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = models
    .command('check')
    .summary('Check whether they can be asked.')
    .description(
      'Check that the deployments of a workflow have what they need: credential, price and address. With --ask each is asked for one word.',
    )
    .argument('<directory>', 'the directory of the workflow')
    .option('--ask', 'ask each of them for one word, which costs a little')
    .option('--json', 'print one JSON object');
  addStarterOptions(addStorageOptions(command)).action(async (directory: string, choice: CheckChoice) => {
    const use = (platform: Platform) => check(platform, { directory, choice }, surroundings);
    exit(await (choice.ask ? withPlatform(surroundings, choice, use) : withoutRuns(surroundings, use)));
  });
}

interface CheckRequest {
  directory: string;
  choice: CheckChoice;
}

/** That one cannot be asked is the answer to the question, not an error; the exit code is that of bad input nevertheless. */
async function check(platform: Platform, { directory, choice }: CheckRequest, surroundings: Surroundings): Promise<number> {
  const { stdout } = surroundings;
  const path = resolve(surroundings.directory, directory);
  const { workflow, reports } = await modelsOf(platform, path);
  const faulty = reports.filter(({ fault }) => fault);
  if (!choice.json) stdout.write(reports.length === 0 ? noAgents(stdout) : checkTable(reports, workflow, stdout));
  for (const { candidate, fault } of faulty) {
    if (fault && !choice.json) stdout.write(`\n${indented(`${candidate.id}: ${fault.message}`, 0, stdout.width)}`);
  }
  if (!choice.json && reports.length > 0) stdout.write(offlineNote(reports, stdout));
  const asked = choice.ask ? await askAll(platform, { workflow, reports, directory: path, choice }, surroundings) : [];
  if (choice.json) stdout.write(`${JSON.stringify(checkJson(reports, asked, workflow))}\n`);
  if (faulty.length > 0) return exitCodeOf(new EspalierError('model.unconfigured', ''));
  return asked.some(([, { error }]) => error) ? 1 : 0;
}

interface Asking {
  workflow: Workflow;
  reports: readonly DeploymentReport[];
  directory: string;
  choice: CheckChoice;
}

type AskedReport = [DeploymentReport, Asked];

/** Asks those that can be asked, one after the other. */
async function askAll(platform: Platform, asking: Asking, surroundings: Surroundings): Promise<AskedReport[]> {
  const { workflow, directory, choice } = asking;
  const { stdout, stderr } = surroundings;
  const reports = asking.reports.filter(({ fault }) => fault === undefined);
  if (reports.length === 0) return [];
  if (!choice.json) stderr.write(`\n${indented(announcement(reports), 0, stderr.width)}`);
  let underWay = { node: '', startedAt: Date.now() };
  const live = new LiveLine(stderr, { underWay: () => [underWay] });
  const onWait = (ms: number) => live.write(`Waiting for ${durationText(ms)}: more must not be started within a minute.\n`);
  const asked: AskedReport[] = [];
  for (const report of reports) {
    underWay = { node: report.candidate.id, startedAt: Date.now() };
    asked.push([report, await askDeployment(platform, report, { workflow, directory, starter: starterOf(choice, surroundings), onWait })]);
  }
  live.end();
  if (!choice.json) stdout.write(`\n${askedTable(asked, stdout)}${askedFaults(asked, stdout.width)}`);
  return asked;
}

/** What a question of one word comes to: what is sent, and what a model may think. */
const usualTokens = { input_tokens: 100, output_tokens: 50 };

function announcement(reports: readonly DeploymentReport[]): string {
  const cost = reports.reduce((sum, { prices }) => sum + (prices?.costOf(usualTokens) ?? 0n), 0n);
  const price = cost === 0n ? 'This costs nothing.' : `This costs a little, about ${usdText(cost)}.`;
  return `Asking ${countText(reports.length, 'deployment')} for one word. ${price}`;
}

function askedFaults(asked: readonly AskedReport[], width: number): string {
  return asked
    .map(([{ candidate }, { error }]) => (error ? `\n${indented(`${oneLine(candidate.id)}: ${error.message}`, 0, width)}` : ''))
    .join('');
}

function checkJson(reports: readonly DeploymentReport[], asked: readonly AskedReport[], workflow: Workflow) {
  const ofReport = (report: DeploymentReport) => asked.find(([each]) => each === report)?.[1];
  return {
    ok: reports.every(({ fault }) => fault === undefined) && asked.every(([, { error }]) => error === undefined),
    deployments: reports.map((report) => {
      const answer = ofReport(report);
      const { credential = null, price = null, address = null } = checksOf(report, workflow);
      return { ...deploymentJson(report), checks: { credential, price, address }, ...(answer ? { asked: askedJson(answer) } : {}) };
    }),
  };
}

function askedJson({ run, durationMs, answer, cost, inputTokens, outputTokens, error }: Asked) {
  return {
    run: run ?? null,
    answer: answer ?? null,
    duration_ms: durationMs,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost: amountJson(cost),
    error: error ? { code: error.code, message: error.message } : null,
  };
}
