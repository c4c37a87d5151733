import { type BudgetScopeName, budgetScopeNames, EspalierError } from '@espalier/core';
import type { BudgetStatus, Platform } from '@espalier/platform';
import { Argument, type Command, Option } from 'commander';
import { commandLine } from '../advice.ts';
import { amountJson } from '../amount-json.ts';
import { missingBooks } from '../books.ts';
import { budgetReport } from '../output/budget-report.ts';
import { countText } from '../output/quantities.ts';
import { indented } from '../output/wrap-text.ts';
import { addStorageOptions, type StorageChoice, storageWords } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface BudgetChoice extends StorageChoice {
  scope?: BudgetScopeName;
  subject?: string;
  all?: true;
  json?: true;
}

/** `espalier budget`: what may be spent, and what is left of it (GRD-5, S21). */
export function addBudgetCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const budget = addStorageOptions(program.command('budget'))
    .summary('Show and open budgets.')
    .description(
      'Show what may be spent and what of it is: the budgets of today and this month, and of sessions and nodes those that are nearly used up.',
    )
    .addOption(new Option('--scope <scope>', 'those of this kind').choices(budgetScopeNames))
    .option('--subject <id>', 'those of this session, user, agent, cost centre or node')
    .option('--all', 'also those of earlier days and months, and of all sessions and nodes')
    .option('--json', 'print one JSON object')
    .action(async (choice: BudgetChoice) => {
      exit(await withKeptRuns(surroundings, choice, (platform) => show(platform, choice, surroundings)));
    });
  addStorageOptions(budget.command('reopen'))
    .summary('Open a closed budget.')
    .description('Open a budget that was closed because a provider charged more than could be set aside.')
    .addArgument(new Argument('<scope>', 'its kind').choices(budgetScopeNames))
    .argument('<subject>', 'whose it is, as espalier budget shows')
    .option('--json', 'print one JSON object')
    .action(async (scope: BudgetScopeName, subject: string, _: unknown, command: Command) => {
      const choice = command.optsWithGlobals<BudgetChoice>();
      exit(await withKeptRuns(surroundings, choice, (platform) => reopen(platform, { scope, subject, choice }, surroundings)));
    });
}

async function show(platform: Platform, choice: BudgetChoice, surroundings: Surroundings): Promise<number> {
  const { stdout, environment } = surroundings;
  const { scope, subject, all, json } = choice;
  const budgets = await platform.budgets({ scope, subject });
  const shown = all ? budgets : budgets.filter((budget) => isOfNow(budget) && (isNearlyUsedUp(budget) || isWanted(budget, choice)));
  const missing = missingBooks(choice, surroundings);
  if (json) stdout.write(`${JSON.stringify({ is_kept: missing === undefined, budgets: shown.map(budgetJson) })}\n`);
  else if (missing !== undefined) stdout.write(indented(missing, 0, stdout.width));
  else if (budgets.length === 0) stdout.write('Nothing was counted against a budget yet.\n');
  else {
    const open = (budget: BudgetStatus) =>
      commandLine(surroundings, ['budget', 'reopen', budget.scope, budget.subject, ...storageWords(choice)]);
    const left = budgets.length - shown.length;
    stdout.write(budgetReport(shown, { width: stdout.width, style: stdout.style, blocks: environment.blockCharacters, left, open }));
  }
  return 0;
}

/** Of this day or this month, or of no time. */
function isOfNow({ period }: BudgetStatus): boolean {
  return new Date().toISOString().startsWith(period);
}

function isNearlyUsedUp({ cap, spent, reserved, isClosed }: BudgetStatus): boolean {
  return isClosed || (spent + reserved) * 10n >= cap * 8n;
}

/** Every run may be a session of its own, and nodes are many: those far from their caps are shown to who asks for them. */
function isWanted({ scope }: BudgetStatus, choice: BudgetChoice): boolean {
  return (scope !== 'session' && scope !== 'node') || choice.scope !== undefined || choice.subject !== undefined;
}

interface Reopening {
  scope: BudgetScopeName;
  subject: string;
  choice: BudgetChoice;
}

/** @throws EspalierError `input.invalid` if there is no such budget, or no books. */
async function reopen(platform: Platform, { scope, subject, choice }: Reopening, surroundings: Surroundings): Promise<number> {
  const { stdout } = surroundings;
  const missing = missingBooks(choice, surroundings);
  if (missing !== undefined) throw new EspalierError('input.invalid', missing);
  const budgets = await platform.budgets({ scope, subject });
  if (budgets.length === 0) {
    throw new EspalierError(
      'input.invalid',
      `There is no budget ${scope} of ${subject}; espalier budget --all lists those that there are.`,
    );
  }
  const opened = await platform.reopenBudget({ scope, subject });
  if (choice.json) stdout.write(`${JSON.stringify({ scope, subject, opened })}\n`);
  else stdout.write(opened === 0 ? 'That budget is not closed.\n' : `${countText(opened, 'budget')} open again.\n`);
  return 0;
}

function budgetJson({ scope, subject, period, cap, spent, reserved, isClosed }: BudgetStatus) {
  const amounts = { cap: amountJson(cap), spent: amountJson(spent), reserved: amountJson(reserved) };
  return { scope, subject, period, ...amounts, is_closed: isClosed };
}
