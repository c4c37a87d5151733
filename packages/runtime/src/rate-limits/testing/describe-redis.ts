import { afterAll, beforeAll, describe, it } from 'vitest';
import { findRedis, type RedisServer, startRedis } from './redis-server.ts';

/**
 * A `describe` for tests on a real Redis (await it), one server for each. Without redis-server on the machine they are skipped, and the
 * reason is in their title; where the environment says `CI=true` that is an error.
 */
export async function describeRedis(title: string, body: (server: () => RedisServer) => void): Promise<void> {
  const version = await findRedis();
  if (version !== undefined) {
    describe(`${title} [Redis ${version}]`, () => onServer(body));
    return;
  }
  const missing = 'redis-server was not found on PATH; on Debian: apt-get install redis-server';
  if (process.env.CI === 'true') throw new Error(`Tests on Redis must not be left out here. ${missing}`);
  describe(title, () => it.skip(`skipped: ${missing}`, () => undefined));
}

function onServer(body: (server: () => RedisServer) => void): void {
  let running: RedisServer | undefined;
  beforeAll(async () => {
    running = await startRedis();
  });
  afterAll(() => running?.kill());
  body(() => {
    if (!running) throw new Error('the server is there once tests run');
    return running;
  });
}
