import type { Database } from '../database/database.ts';
import { isLostRace } from '../database/database-fault.ts';
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

/** Appends in one statement. @returns which of them were written, by index. */
export async function performAppends(database: Database, appends: readonly PlainAppend[]): Promise<ReadonlySet<number>> {
  const [first, ...others] = appends;
  if (first && others.length === 0) {
    const { count } = first.accounts
      ? await database.perform(appendAccountingStatement, appendAccountingParameters(first))
      : await database.perform(appendStatement, appendParameters(first));
    return new Set(count > 0 ? [0] : []);
  }
  const { rows } = appends.some(({ accounts }) => accounts)
    ? await database.perform<{ number: number }>(appendManyAccountingStatement, appendManyAccountingParameters(appends))
    : await database.perform<{ number: number }>(appendManyStatement, appendManyParameters(appends));
  return new Set(rows.map(({ number }) => number));
}

/**
 * Writes commits of any kind in one statement. Another process may make one of the streams at the same moment: the next try finds it.
 * And a payload that is there already may be removed with an archived run before a reference keeps it: then it is inserted the next time.
 * @returns which of them were written, by index.
 */
export async function performCommits(database: Database, commits: readonly PreparedCommit[]): Promise<ReadonlySet<number>> {
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
function writing(database: Database, commits: readonly PreparedCommit[]): () => Promise<ReadonlySet<number>> {
  const [first, ...others] = commits;
  const single = first && others.length === 0 ? runStatement(first) : undefined;
  if (single) {
    const { statement, values } = single;
    return async () => new Set((await database.perform(statement, values)).count > 0 ? [0] : []);
  }
  const isAccounting = commits.some(({ commit }) => commit.accounts);
  const statement = isAccounting ? commitAccountingStatement : commitStatement;
  const values = isAccounting ? commitAccountingParameters(commits) : commitParameters(commits);
  return async () => new Set((await database.perform<{ commit: number }>(statement, values)).rows.map(({ commit }) => commit));
}
