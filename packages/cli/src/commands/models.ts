import { resolve } from 'node:path';
import type { Workflow } from '@espalier/core';
import type { DeploymentReport, Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { commandLine } from '../advice.ts';
import { isLanguageModel } from '../deployments/checks.ts';
import { deploymentJson } from '../deployments/deployment-json.ts';
import { modelsOf } from '../deployments/workflow-models.ts';
import { deploymentTable } from '../output/deployment-tables.ts';
import { modelNames } from '../output/model-names.ts';
import { noAgents, offlineNote } from '../output/model-notes.ts';
import { priceNote } from '../output/price-table.ts';
import { indented } from '../output/wrap-text.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withoutRuns } from '../with-platform.ts';
import { addCheckCommand } from './models-check.ts';
import { addPriceCommand } from './models-price.ts';

/** `espalier models`: who can be asked, what it takes, and what it costs (COG-1 to COG-3). */
export function addModelsCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const models = program
    .command('models')
    .summary('Show models and what they cost.')
    .description('Show the models that a workflow may ask: whether they can be asked, and what they cost.');
  addListCommand(models, surroundings, exit);
  addCheckCommand(models, surroundings, exit);
  addPriceCommand(models, surroundings, exit);
}

function addListCommand(models: Command, surroundings: Surroundings, exit: ReportExit): void {
  models
    .command('list')
    .summary('List the deployments of a workflow.')
    .description(
      'List the deployments that a workflow may ask, with their prices, and what its chains and routes come to. Nobody is asked.',
    )
    .argument('<directory>', 'the directory of the workflow')
    .option('--json', 'print one JSON object')
    .action(async (directory: string, { json }: { json?: true }) => {
      exit(await withoutRuns(surroundings, (platform) => list(platform, { directory, json: json === true }, surroundings)));
    });
}

interface ListRequest {
  directory: string;
  json: boolean;
}

async function list(platform: Platform, { directory, json }: ListRequest, surroundings: Surroundings): Promise<number> {
  const { stdout } = surroundings;
  const { workflow, reports } = await modelsOf(platform, resolve(surroundings.directory, directory));
  if (json) stdout.write(`${JSON.stringify(listJson(workflow, reports))}\n`);
  else if (reports.length === 0) stdout.write(noAgents(stdout));
  else {
    const check = `Why, and what to do about it: ${commandLine(surroundings, ['models', 'check', directory])}`;
    const advice = reports.some(({ fault }) => fault) ? `\n${indented(check, 0, stdout.width)}` : '';
    const names = modelNames(workflow, stdout);
    stdout.write(`${deploymentTable(reports, stdout)}${priceNote(reports, stdout)}${names}${advice}${offlineNote(reports, stdout)}`);
  }
  return 0;
}

function listJson({ id, models, agents }: Workflow, reports: readonly DeploymentReport[]) {
  return {
    workflow: id,
    deployments: reports.map(deploymentJson),
    agents: [...agents.values()].map(({ id: agent, llm, fallback }) => ({ id: agent, llm, fallback })),
    chains: models.chains,
    routes: models.routes,
    language_model: reports.some((report) => isLanguageModel(report) && report.fault === undefined),
  };
}
