import { EspalierError } from '@espalier/core';
import { budgetRefusal, budgetState } from '../usage/budget-refusal.ts';

/** SQLSTATE classes and codes, https://www.postgresql.org/docs/15/errcodes-appendix.html, and those of Node's sockets. */
const unavailable =
  /^(08...|57P0[1-5]|53300|57014|25P0[34]|40001|40P01|55P03|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|ENOENT)$/;
const refusedLogin = /^(28...|3D000|42501)$/;
const full = /^(53100|53200|58030|ENOSPC)$/;
const unstorable = /^(22021|22P05)$/;
const missing = /^(42P01|3F000|42703)$/;

/** What was thrown by a driver of PostgreSQL as an EspalierError. Values of the statement, which the server may quote in its details, are left out. */
export function databaseFault(thrown: unknown): EspalierError {
  if (thrown instanceof EspalierError) return thrown;
  const code = codeOf(thrown);
  if (code === budgetState) return budgetRefusal(Object(thrown));
  const reason = reasonOf(thrown, code);
  const options = { cause: thrown, ...(code ? { details: { code } } : {}) };
  if (code === undefined ? isBrokenConnection(thrown) : unavailable.test(code)) {
    return new EspalierError('database.unavailable', `The database cannot be reached or ended the connection: ${reason}.`, options);
  }
  if (code === undefined ? isFailedLogin(thrown) : refusedLogin.test(code)) {
    return new EspalierError('database.refused', `The database refused: ${reason}.`, options);
  }
  if (code !== undefined && full.test(code)) {
    return new EspalierError('storage.failed', `The database has no room left: ${reason}. Nothing of this commit was written.`, options);
  }
  if (code !== undefined && unstorable.test(code)) {
    return new EspalierError(
      'input.invalid',
      `Text that the database cannot hold, such as a NUL character, was given: ${reason}.`,
      options,
    );
  }
  if (code !== undefined && missing.test(code)) {
    return new EspalierError('database.schema_behind', `The database lacks what this version needs: ${reason}.`, options);
  }
  return new EspalierError('storage.failed', `The database reported an error: ${reason}.`, options);
}

/** In the words of the server or, for what the network says, in ours. */
function reasonOf(thrown: unknown, code: string | undefined): string {
  const { host, hostname, address, port } = Object(thrown instanceof AggregateError ? thrown.errors[0] : thrown);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `no host is found by the name ${hostname ?? host}`;
  if (code === 'ECONNREFUSED') return `no server answers at ${address}:${port}`;
  return `${thrown instanceof Error ? thrown.message : String(thrown)}${code ? ` (${code})` : ''}`;
}

/** What the driver itself says of a password that is missing, or a way to log in that it does not know; it has no code. */
function isFailedLogin(thrown: unknown): boolean {
  return thrown instanceof Error && /^SASL|password/.test(thrown.message);
}

/** Whether a transaction gave way to another one and may be done again: a row that was removed or made meanwhile, or a deadlock. */
export function isLostRace(thrown: unknown): boolean {
  const code = codeOf(thrown instanceof EspalierError ? thrown.cause : thrown);
  return code === '23503' || code === '23505' || code === '40P01';
}

/** Whether a rule of the schema refused a statement, which says nothing against the connection: a constraint, a full queue, a budget. */
export function isRefusal(thrown: unknown): boolean {
  return /^(23...|ESP..)$/.test(codeOf(thrown) ?? '');
}

/** The SQLSTATE or the system's code of an error. */
function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

function isBrokenConnection(thrown: unknown): boolean {
  return thrown instanceof Error && /terminat|ended|closed|timeout|not queryable/i.test(thrown.message);
}
