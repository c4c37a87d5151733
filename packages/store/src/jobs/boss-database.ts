import { CompiledQuery, type Kysely } from 'kysely';
import type { Db } from 'pg-boss';
import type { Database } from '../database/database.ts';
import type { Tables } from '../database/tables.ts';

/**
 * Our connections as pg-boss uses them: it has none of its own, so that on PGlite nothing of it falls into a transaction of ours.
 * Errors are those of the driver, as pg-boss looks at their codes.
 */
export function bossDatabase(database: Database): Db {
  const { executeSql } = statementsOn(database.kysely);
  const listen = database.listen?.bind(database);
  return {
    // Its scripts of several statements have no parameters, and Kysely takes single statements only.
    executeSql: (text, values) => (values && values.length > 0 ? executeSql(text, values) : script(database, text)),
    ...(listen && {
      async listen(channel: string, onNotification: (payload: string) => void, onReconnect: () => void) {
        const close = await listen(channel, (payload) => (payload === undefined ? onReconnect() : onNotification(payload)));
        onReconnect();
        return { close };
      },
    }),
  };
}

/** Single statements. On the connection of an open transaction they are committed or rolled back with the rest. */
export function statementsOn(kysely: Kysely<Tables>): Db {
  return {
    async executeSql(text, values = []) {
      const { rows } = await kysely.executeQuery(CompiledQuery.raw(text, values));
      return { rows };
    },
  };
}

async function script(database: Database, text: string): Promise<{ rows: unknown[] }> {
  try {
    return { rows: await database.performScript(text) };
  } catch (thrown) {
    throw thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  }
}
