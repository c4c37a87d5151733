import { describe, inject, it } from 'vitest';
import { createDatabase } from './create-database.ts';
import type { DeskAnswer } from './global-setup.ts';

/** The PostgreSQL server that the test files of one run share. Names of databases are the file's own business: choose unique ones. */
export interface TestPostgres {
  version: number;
  /** How to connect to one of its databases as its superuser. */
  url(database: string): string;
  /** Makes a database, a copy of `template` if one is named. @returns its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
}

/**
 * A `describe` for tests on real PostgreSQL (await it). Without a server they are skipped, and the reason is in their title;
 * where the environment says `CI=true` that is an error.
 */
export async function describePostgres(title: string, body: (postgres: TestPostgres) => void): Promise<void> {
  const response = await fetch(inject('postgresDesk'));
  const answer = (await response.json()) as DeskAnswer;
  if (!('missing' in answer)) {
    describe(`${title} [PostgreSQL ${answer.version}]`, () => body(testPostgres(answer)));
    return;
  }
  if (process.env.CI === 'true') throw new Error(`Tests on PostgreSQL must not be left out here. ${answer.missing}`);
  describe(title, () => it.skip(`skipped: ${answer.missing}`, () => undefined));
}

function testPostgres({ url: adminUrl, version }: { url: string; version: number }): TestPostgres {
  const url = (database: string) => new URL(`/${encodeURIComponent(database)}`, adminUrl).href;
  return { version, url, createDatabase: (name, template) => createDatabase(adminUrl, name, template) };
}
