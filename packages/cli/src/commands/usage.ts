import { type Platform, type UsageGroup, type UsageQuery, type UsageRow, usageGroups } from '@espalier/platform';
import { type Command, Option } from 'commander';
import { amountJson } from '../amount-json.ts';
import { missingBooks } from '../books.ts';
import { positiveInteger } from '../input/positive-integer.ts';
import { timeBound } from '../input/time-bound.ts';
import { sumOf, usageReport } from '../output/usage-report.ts';
import { indented } from '../output/wrap-text.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface UsageChoice extends StorageChoice, Partial<Record<'user' | 'session' | 'agent' | 'workflow' | 'run', string>> {
  by: string;
  since?: number;
  until?: number;
  model?: string;
  provider?: string;
  deployment?: string;
  costCentre?: string;
  limit: number;
  json?: true;
}

/** `espalier usage`: what requests to providers have cost (COG-3). */
export function addUsageCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('usage')
    .summary('Show what models have cost.')
    .description('Show what requests to providers of models have used and cost, by day or by whom and what they are charged to.')
    .addOption(new Option('--by <group>', 'what to sum up by').choices(usageGroups.map(optionName)).default('day'))
    .option('--since <time>', 'from then on: so long ago (7d, 12h), a day (2026-11-01, in UTC) or a time', (text) => timeBound(text))
    .option('--until <time>', 'before then', (text) => timeBound(text))
    .option('--run <id>', 'only what this run has used: its id, the beginning of it, or last')
    .option('--user <id>', 'only what is charged to this user')
    .option('--session <id>', 'only of this session')
    .option('--agent <id>', 'only of agents of this id')
    .option('--workflow <id>', 'only of this workflow')
    .option('--provider <name>', 'only of this provider')
    .option('--model <name>', 'only of this model, as its provider calls it')
    .option('--deployment <id>', 'only of this deployment')
    .option('--cost-centre <name>', 'only of learning, or of evals')
    .option('--limit <count>', 'how many rows: of days the newest, else the dearest', positiveInteger, 20)
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (choice: UsageChoice) =>
    exit(await withKeptRuns(surroundings, choice, (platform) => usage(platform, choice, surroundings))),
  );
}

/** `cost_centre` as an option spells it. */
function optionName(group: UsageGroup): string {
  return group.replace('_', '-');
}

async function usage(platform: Platform, choice: UsageChoice, surroundings: Surroundings): Promise<number> {
  const { stdout, environment } = surroundings;
  const { by, limit, since, until, json } = choice;
  const named = choice.run === undefined ? choice : { ...choice, run: await findRun(platform, choice.run) };
  const group = usageGroups.find((each) => optionName(each) === by) ?? 'day';
  const query: Omit<UsageQuery, 'by'> = { since, until, where: conditionsOf(named) };
  const rows = await rowsBy(platform, { ...query, by: group }, limit);
  const total = sumOf(await platform.usage({ ...query, by: 'provider' }));
  const missing = missingBooks(choice, surroundings);
  if (json) stdout.write(`${JSON.stringify(usageJson({ by: group, since, until, isKept: missing === undefined }, rows, total))}\n`);
  else if (missing !== undefined) stdout.write(indented(missing, 0, stdout.width));
  else if (total.requests === 0) stdout.write(isNarrowed(choice) ? 'Nothing like that was asked.\n' : 'No model was asked yet.\n');
  else
    stdout.write(
      usageReport({ by: group, rows, total }, { width: stdout.width, style: stdout.style, blocks: environment.blockCharacters }),
    );
  return 0;
}

/** Of days the newest, in their order; of anything else the dearest. */
async function rowsBy(platform: Platform, query: UsageQuery, limit: number): Promise<UsageRow[]> {
  if (query.by !== 'day') return platform.usage({ ...query, limit });
  const days = await platform.usage(query);
  return days.toSorted((left, right) => (left.group < right.group ? -1 : 1)).slice(-limit);
}

function conditionsOf(choice: UsageChoice): NonNullable<UsageQuery['where']> {
  const { run, user, session, agent, workflow, provider, model, deployment, costCentre: cost_centre } = choice;
  const all = { run, user, session, agent, workflow, provider, model, deployment, cost_centre };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function isNarrowed(choice: UsageChoice): boolean {
  return choice.since !== undefined || choice.until !== undefined || Object.keys(conditionsOf(choice)).length > 0;
}

interface Asked {
  by: UsageGroup;
  since: number | undefined;
  until: number | undefined;
  /** Whether there are books at all. */
  isKept: boolean;
}

function usageJson({ by, since, until, isKept }: Asked, rows: readonly UsageRow[], total: UsageRow) {
  const { group: _, ...sum } = rowJson(total);
  return { by, since: since ?? null, until: until ?? null, is_kept: isKept, rows: rows.map(rowJson), total: sum };
}

function rowJson({ cost, assumed, ...row }: UsageRow) {
  return { ...row, cost: amountJson(cost), assumed: amountJson(assumed) };
}
