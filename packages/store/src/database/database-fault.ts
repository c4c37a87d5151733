import { EspalierError } from '@espalier/core';

/** SQLSTATE classes and codes, https://www.postgresql.org/docs/15/errcodes-appendix.html, and those of Node's sockets. */
const unavailable =
  /^(08...|57P0[1-5]|53300|57014|25P0[34]|40001|40P01|55P03|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|ENOENT)$/;
const refusedLogin = /^(28...|3D000|42501)$/;
const full = /^(53100|53200|58030|ENOSPC)$/;
const missing = /^(42P01|3F000|42703)$/;

/** What was thrown by a driver of PostgreSQL as an EspalierError. Values of the statement, which the server may quote in its details, are left out. */
export function databaseFault(thrown: unknown): EspalierError {
  if (thrown instanceof EspalierError) return thrown;
  const code = codeOf(thrown);
  const reason = `${thrown instanceof Error ? thrown.message : String(thrown)}${code ? ` (${code})` : ''}`;
  const options = { cause: thrown, ...(code ? { details: { code } } : {}) };
  if (code === undefined ? isBrokenConnection(thrown) : unavailable.test(code)) {
    return new EspalierError('database.unavailable', `The database cannot be reached or ended the connection: ${reason}.`, options);
  }
  if (code !== undefined && refusedLogin.test(code)) {
    return new EspalierError('database.refused', `The database refused: ${reason}.`, options);
  }
  if (code !== undefined && full.test(code)) {
    return new EspalierError('storage.failed', `The database has no room left: ${reason}. Nothing of this commit was written.`, options);
  }
  if (code !== undefined && missing.test(code)) {
    return new EspalierError('database.schema_behind', `The database lacks what this version needs: ${reason}.`, options);
  }
  return new EspalierError('storage.failed', `The database reported an error: ${reason}.`, options);
}

/** Whether a transaction gave way to another one and may be done again: a reference to what was removed meanwhile, or a deadlock. */
export function isLostRace(thrown: unknown): boolean {
  const code = codeOf(thrown instanceof EspalierError ? thrown.cause : thrown);
  return code === '23503' || code === '40P01';
}

/** The SQLSTATE or the system's code of an error. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

function isBrokenConnection(thrown: unknown): boolean {
  return thrown instanceof Error && /terminat|ended|closed|timeout/i.test(thrown.message);
}
