import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { type DatabaseLocation, openDatabase } from '../database/open-database.ts';
import { buildTemplate } from '../embedded/template.ts';
import { prepareSchema, schemaHash } from '../migrations/embedded-schema.ts';
import { migrateUp } from '../migrations/migrate.ts';
import { openStore, type Store, type StoreOptions } from '../open-store.ts';
import { describePostgres, type TestPostgres } from './describe-postgres.ts';

/** A store in a new database, which the tests of one `describe` share: each takes a tenant of its own. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly location: DatabaseLocation;
  newTenant(): string;
  /** Closes the store and opens the same data again, as after a restart. */
  reopen(): Promise<Store>;
}

/** Generous: what waits for a lease in a test says so. */
const leaseMs = 60_000;

/** The same tests on PGlite and, if this machine has it, on PostgreSQL (await it). */
export async function describeStores(title: string, body: (subject: StoreUnderTest) => void, options: StoreSettings = {}): Promise<void> {
  describe(`${title} [PGlite]`, () => body(storeUnderTest(newEmbedded, options)));
  await describePostgres(title, (postgres) => body(storeUnderTest(() => newServed(postgres), options)));
}

type StoreSettings = Pick<StoreOptions, 'artifacts'>;

interface NewData {
  location: DatabaseLocation;
  remove(): Promise<void>;
}

async function newEmbedded(): Promise<NewData> {
  await buildTemplate({ key: schemaHash(), prepare: prepareSchema });
  const root = await mkdtemp(join(tmpdir(), 'espalier-store-'));
  return { location: { directory: join(root, 'data') }, remove: () => rm(root, { recursive: true }) };
}

/** The server and its databases go with the test run. */
async function newServed(postgres: TestPostgres): Promise<NewData> {
  return { location: { url: await migratedDatabase(postgres) }, remove: async () => {} };
}

/** A database of the current schema on the test run's PostgreSQL. @returns its URL. */
export async function migratedDatabase(postgres: Pick<TestPostgres, 'createDatabase'>): Promise<string> {
  const url = await postgres.createDatabase(`store-${randomUUID()}`);
  const database = await openDatabase({ url, connections: 1 });
  await migrateUp(database);
  await database.close();
  return url;
}

function storeUnderTest(create: () => Promise<NewData>, options: StoreSettings): StoreUnderTest {
  let data: NewData;
  let store: Store;
  let tenants = 0;
  beforeAll(async () => {
    data = await create();
    store = await openStore({ ...options, location: data.location, leaseMs });
  });
  afterAll(async () => {
    await store.close();
    await data.remove();
  });
  return {
    get store() {
      return store;
    },
    get location() {
      return data.location;
    },
    newTenant() {
      tenants += 1;
      return `tenant-${tenants}`;
    },
    async reopen() {
      await store.close();
      store = await openStore({ ...options, location: data.location, leaseMs });
      return store;
    },
  };
}
