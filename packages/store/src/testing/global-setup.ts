import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { type PostgresCluster, startPostgresCluster } from './postgres-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for the PostgreSQL of this test run: see `describe-postgres.ts`. */
    postgresDesk: string;
  }
}

/** What the desk answers. */
export type DeskAnswer = { url: string; version: number } | { missing: string };

/**
 * One PostgreSQL cluster per test run, started when the first test file asks for it: a run that needs none pays nothing.
 * Test files run in other processes, so they ask over HTTP.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let cluster: Promise<PostgresCluster> | undefined;
  const desk = createServer(async (_request, response) => {
    cluster ??= startPostgresCluster();
    response.setHeader('connection', 'close').end(JSON.stringify(await answerOf(cluster)));
  });
  desk.listen(0, '127.0.0.1');
  await once(desk, 'listening');
  const address = desk.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server was expected to have a port');
  project.provide('postgresDesk', `http://127.0.0.1:${address.port}`);
  return async () => {
    desk.close();
    await cluster?.then(
      (running) => running.stop(),
      () => undefined,
    );
  };
}

async function answerOf(cluster: Promise<PostgresCluster>): Promise<DeskAnswer> {
  return cluster.then(
    ({ url, version }) => ({ url: url('postgres'), version }),
    (thrown: unknown) => ({ missing: thrown instanceof Error ? thrown.message : String(thrown) }),
  );
}
