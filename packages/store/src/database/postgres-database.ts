import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database, Statement, StatementResult } from './database.ts';
import { databaseFault, isRefusal } from './database-fault.ts';
import { listenTo } from './postgres-listener.ts';
import type { Tables } from './tables.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?…` */
  url: string;
  /** Connections at most. */
  connections?: number;
  /** How long an answer may take, in milliseconds, before its connection is taken to be dead. Default: as long as the network says nothing. */
  answerMs?: number;
}

/** Appends under way at once: while one commit is synced to disk the next is prepared. */
const parallelism = 2;

/** A served PostgreSQL, version 15 or newer, as a Database. Connects when first used. */
export function postgresDatabase({ url, connections = 10, answerMs }: PostgresOptions): Database {
  const settings: pg.PoolConfig = {
    connectionString: url,
    application_name: 'espalier',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // A server that is gone without a word: by itself the system asks after two hours whether a silent one is still there.
    keepAliveInitialDelayMillis: 10_000,
    ...(answerMs === undefined ? {} : { query_timeout: answerMs }),
    // An open writing transaction hides all later events from readers (S4); none of ours waits for anything but the database.
    idle_in_transaction_session_timeout: 30_000,
    types: { getTypeParser },
  };
  const pool = new pg.Pool({ ...settings, max: connections });
  pool.on('error', () => {}); // an idle connection broke: the next query opens another
  // One that breaks while it is lent tells its borrower, whose query fails; told to nobody else, it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    engine: 'postgres',
    kysely,
    parallelism,
    perform: <Row>(statement: Statement, values: readonly unknown[]) => perform<Row>(pool, statement, values),
    performScript: (text) => performScript(pool, text),
    listen: (channel, onMessage) => listenTo(settings, channel, onMessage),
    async close() {
      await kysely.destroy();
    },
  };
}

/** By itself the pool ends a connection with any error; a new one costs ten times what a commit does, and has to plan all statements again. */
async function perform<Row>(pool: pg.Pool, { name, text }: Statement, values: readonly unknown[]): Promise<StatementResult<Row>> {
  try {
    const client = await pool.connect();
    let isSound = false;
    try {
      const { rows, rowCount } = await client.query({ name, text, values: [...values] });
      isSound = true;
      return { rows, count: rowCount ?? 0 };
    } catch (thrown) {
      isSound = isRefusal(thrown);
      throw thrown;
    } finally {
      client.release(!isSound);
    }
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

async function performScript(pool: pg.Pool, text: string): Promise<unknown[]> {
  try {
    const client = await pool.connect();
    try {
      // Without parameters the server takes several statements; the driver then answers with a list of results.
      return [await client.query(text)].flat().flatMap(({ rows }) => rows);
    } catch (thrown) {
      await client.query('rollback').catch(() => {}); // the script may have begun a transaction
      throw thrown;
    } finally {
      client.release();
    }
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

/** As the driver has them, but without a change that another module of the process made to its global table: bigint stays text. */
function getTypeParser(type: number, format?: 'text' | 'binary') {
  if (type === pg.types.builtins.INT8) return (text: string) => text;
  return format === 'binary' ? pg.types.getTypeParser(type, 'binary') : pg.types.getTypeParser(type, 'text');
}
