import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** A session of the least kind: one statement, committed when the promise resolves. */
export type Execute = (text: string, values: readonly unknown[]) => Promise<void>;

/** What the floor needs of a database. */
export interface FloorDatabase {
  /** The session of one client; the same number, the same session. */
  session(client: number): Promise<Execute>;
  script(text: string): Promise<void>;
  /** The column `count` of the only row. */
  count(text: string): Promise<unknown>;
  close(): Promise<void>;
}

/** PostgreSQL or, for a `file:` URL, PGlite in this process. */
export async function openFloorDatabase(url: string): Promise<FloorDatabase> {
  return url.startsWith('file:') ? openPglite(fileURLToPath(url)) : openPostgres(url);
}

async function openPostgres(connectionString: string): Promise<FloorDatabase> {
  const clients = new Map<number, Promise<pg.Client>>();
  const clientOf = (number: number) => {
    const client = clients.get(number) ?? connect(connectionString);
    clients.set(number, client);
    return client;
  };
  return {
    session: async (number) => {
      const client = await clientOf(number);
      // A name, of 63 characters at most, makes it a prepared statement: parsed and planned once per connection.
      return async (text, values) => void (await client.query({ name: text, text, values: [...values] }));
    },
    script: async (text) => void (await (await clientOf(0)).query(text)),
    count: async (text) => (await (await clientOf(0)).query(text)).rows[0]?.count,
    close: async () => void (await Promise.all([...clients.values()].map(async (client) => (await client).end()))),
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

async function openPglite(directory: string): Promise<FloorDatabase> {
  const database = await PGlite.create(directory);
  return {
    session: async () => async (text, values) => void (await database.query(text, [...values])),
    script: async (text) => void (await database.exec(text)),
    count: async (text) => (await database.query<{ count: unknown }>(text)).rows[0]?.count,
    close: () => database.close(),
  };
}
