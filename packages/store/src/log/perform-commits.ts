import type { BudgetAlert } from '@espalier/core';
import type { Database } from '../database/database.ts';
import { isLostRace } from '../database/database-fault.ts';
import { type AccountedRow, alertsByCommit } from '../usage/budget-alerts.ts';
import {
  appendAccountingParameters,
  appendAccountingStatement,
  appendManyAccountingParameters,
  appendManyAccountingStatement,
  appendManyParameters,
  appendManyStatement,
  appendParameters,
  appendStatement,
} from './append-statements.ts';
import type { PlainAppend, PreparedCommit } from './commit-parameters.ts';
import { commitAccountingParameters, commitAccountingStatement, commitParameters, commitStatement } from './commit-statement.ts';
import { runStatement } from './run-statements.ts';

/** Of a transaction that gives way to another. */
const maxAttempts = 5;

/** The commits that were written, by index, each with the budgets that it brought to where a person should know. */
export type Written = ReadonlyMap<number, readonly BudgetAlert[]>;

/** Appends in one statement. */
export async function performAppends(database: Database, appends: readonly PlainAppend[]): Promise<Written> {
  const [first, ...others] = appends;
  if (appends.some(({ accounts }) => accounts)) return performAccountingAppends(database, appends);
  if (first && others.length === 0) {
    const { count } = await database.perform(appendStatement, appendParameters(first));
    return written(count > 0 ? [0] : []);
  }
  const { rows } = await database.perform<{ number: number }>(appendManyStatement, appendManyParameters(appends));
  return written(rows.map(({ number }) => number));
}

async function performAccountingAppends(database: Database, appends: readonly PlainAppend[]): Promise<Written> {
  const [first, ...others] = appends;
  const { rows } =
    first && others.length === 0
      ? await database.perform<AccountedRow>(appendAccountingStatement, appendAccountingParameters(first))
      : await database.perform<AccountedRow>(appendManyAccountingStatement, appendManyAccountingParameters(appends));
  return alertsByCommit(rows);
}

function written(indices: readonly number[]): Written {
  return new Map(indices.map((index) => [index, []]));
}

/**
 * Writes commits of any kind in one statement. Another process may make one of the streams at the same moment: the next try finds it.
 * And a payload that is there already may be removed with an archived run before a reference keeps it: then it is inserted the next time.
 */
export async function performCommits(database: Database, commits: readonly PreparedCommit[]): Promise<Written> {
  const write = writing(database, commits);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (thrown) {
      if (attempt === maxAttempts || !isLostRace(thrown)) throw thrown;
    }
  }
}

/** One attempt, which may be repeated. */
function writing(database: Database, commits: readonly PreparedCommit[]): () => Promise<Written> {
  const [first, ...others] = commits;
  const single = first && others.length === 0 ? runStatement(first) : undefined;
  if (single) {
    const { statement, values } = single;
    return async () => written((await database.perform(statement, values)).count > 0 ? [0] : []);
  }
  if (commits.some(({ commit }) => commit.accounts)) {
    const values = commitAccountingParameters(commits);
    return async () => alertsByCommit((await database.perform<AccountedRow>(commitAccountingStatement, values)).rows);
  }
  const values = commitParameters(commits);
  return async () => written((await database.perform<{ commit: number }>(commitStatement, values)).rows.map(({ commit }) => commit));
}
