import { resolve } from 'node:path';
import type { Workflow } from '@espalier/core';
import type { DeploymentReport, Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { amountJson } from '../amount-json.ts';
import type { Asked } from '../deployments/ask-deployment.ts';
import { checksOf } from '../deployments/checks.ts';
import { deploymentJson } from '../deployments/deployment-json.ts';
import { modelsOf } from '../deployments/workflow-models.ts';
import { checkTable } from '../output/deployment-tables.ts';
import { noAgents, offlineNote } from '../output/model-notes.ts';
import { indented } from '../output/wrap-text.ts';
import { addStarterOptions, type StarterChoice } from '../starter-options.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withoutRuns, withPlatform } from '../with-platform.ts';
import { type AskedReport, askAll } from './asked-models.ts';

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
  if (faulty.length > 0) return 2;
  return asked.some(([, { error }]) => error) ? 1 : 0;
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
