import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EspalierError } from '@espalier/core';
import type { DeploymentReport, Platform } from '@espalier/platform';
import { type Command, InvalidArgumentError } from 'commander';
import { amountJson } from '../amount-json.ts';
import { pricesJson } from '../deployments/deployment-json.ts';
import { withProbeWorkflow } from '../deployments/probe-workflow.ts';
import { modelsOf } from '../deployments/workflow-models.ts';
import { noAgents } from '../output/model-notes.ts';
import { priceNote, priceTable, type Quantity } from '../output/price-table.ts';
import { indented } from '../output/wrap-text.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withoutRuns } from '../with-platform.ts';

interface PriceChoice {
  input?: number;
  output?: number;
  json?: true;
}

/** `espalier models price`: what models cost, as the gateway reckons (COG-3). */
export function addPriceCommand(models: Command, surroundings: Surroundings, exit: ReportExit): void {
  models
    .command('price')
    .summary('Show what models cost.')
    .description(
      'Show what a model, or those of a workflow, cost per million tokens, from which table that is, and what so many tokens cost.',
    )
    .argument('<model>', 'provider/model, such as anthropic/claude-sonnet-4-5, or the directory of a workflow')
    .option('--input <tokens>', 'how many tokens of input to reckon with', wholeNumber)
    .option('--output <tokens>', 'how many tokens of output', wholeNumber)
    .option('--json', 'print one JSON object')
    .action(async (subject: string, choice: PriceChoice) => {
      exit(await withoutRuns(surroundings, (platform) => price(platform, { subject, choice }, surroundings)));
    });
}

interface PriceRequest {
  subject: string;
  choice: PriceChoice;
}

/** Not knowing a price is the answer to the question, not an error; the exit code is that of bad input nevertheless. */
async function price(platform: Platform, { subject, choice }: PriceRequest, { directory, stdout }: Surroundings): Promise<number> {
  const { input = 0, output = 0, json } = choice;
  const quantity = choice.input === undefined && choice.output === undefined ? undefined : { input, output };
  const reports = await reportsOf(platform, subject, directory);
  const unpriced = reports.filter(({ prices }) => !prices);
  if (json) stdout.write(`${JSON.stringify({ models: reports.map((report) => priceJson(report, quantity)) })}\n`);
  else if (reports.length === 0) stdout.write(noAgents(stdout));
  else {
    stdout.write(`${priceTable(reports, quantity, stdout)}${priceNote(reports, stdout, quantity)}`);
    for (const { fault } of unpriced) if (fault) stdout.write(`\n${indented(fault.message, 0, stdout.width)}`);
  }
  return unpriced.length === 0 ? 0 : 2;
}

/** @throws EspalierError `input.invalid` for what is neither a directory nor a model; `model.unknown`. */
async function reportsOf(platform: Platform, subject: string, directory: string): Promise<DeploymentReport[]> {
  const path = resolve(directory, subject);
  if (await isDirectory(path)) return (await modelsOf(platform, path)).reports;
  if (!/^[a-z][a-z0-9-]*\/\S+$/.test(subject)) {
    throw new EspalierError(
      'input.invalid',
      `${subject} is neither the directory of a workflow nor provider/model, such as openai/gpt-4.1.`,
    );
  }
  const reports = await withProbeWorkflow(subject, undefined, (probe) => platform.models(probe));
  const unknown = reports.find(({ fault }) => fault?.code === 'model.unknown')?.fault;
  if (unknown) throw new EspalierError(unknown.code, unknown.message, unknown.details ? { details: unknown.details } : {});
  return reports;
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function priceJson({ candidate: { id, provider, model }, prices }: DeploymentReport, quantity: Quantity | undefined) {
  const cost = prices && quantity && prices.costOf({ input_tokens: quantity.input, output_tokens: quantity.output });
  return {
    id,
    provider,
    model,
    prices: prices ? pricesJson(prices) : null,
    ...(cost === undefined ? {} : { input_tokens: quantity?.input, output_tokens: quantity?.output, cost: amountJson(cost) }),
  };
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of tokens.');
}
