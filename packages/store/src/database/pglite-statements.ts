import type { PGlite } from '@electric-sql/pglite';
import { EspalierError } from '@espalier/core';
import type { Statement, StatementResult } from './database.ts';

/** Performs statements as prepared ones: parsing and planning them anew each time takes twice as long as all the rest. */
export function createPreparedStatements(pglite: PGlite) {
  const prepared = new Set<string>();
  /** To be called by whoever has the session. */
  return async <Row>({ name, text }: Statement, values: readonly unknown[]): Promise<StatementResult<Row>> => {
    if (!prepared.has(name)) {
      await pglite.exec(`prepare ${name} as ${text}`);
      prepared.add(name);
    }
    const call = values.length === 0 ? `execute ${name}` : `execute ${name}(${values.map(literalOf).join(',')})`;
    const [result] = await pglite.exec(call);
    const rows = (result?.rows ?? []) as Row[];
    return { rows, count: result?.affectedRows || rows.length };
  };
}

/** A value as a literal of no type, which takes the type of the parameter that it is given for. EXECUTE has no parameters of its own. */
function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return quoted(Array.isArray(value) ? `{${value.map(elementOf).join(',')}}` : String(value));
}

/** An element of an array, as in https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO. */
function elementOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'number' ? String(value) : `"${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** @throws EspalierError `input.invalid` for NUL, which would end the statement in the middle of the text. */
function quoted(text: string): string {
  if (text.includes('\0')) throw new EspalierError('input.invalid', 'Text that the database cannot hold, with a NUL character, was given.');
  return `'${text.replaceAll("'", "''")}'`;
}
