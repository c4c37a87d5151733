import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { describePostgres } from './describe-postgres.ts';

async function ask(url: string, query: string): Promise<Record<string, unknown>> {
  const client = new Client({ connectionString: url });
  // A server that ends takes its connections with it, and what has no listener ends the test run.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(query)).rows[0];
  } finally {
    await client.end();
  }
}

async function dataDirectory(url: string): Promise<string> {
  const { data_directory: directory } = await ask(url, 'show data_directory');
  return String(directory);
}

await describePostgres('the PostgreSQL of a test run', (postgres) => {
  it('makes databases, and copies of databases', async () => {
    const original = await postgres.createDatabase('cluster-original');
    await ask(original, 'create table greeting as select 1 as one');
    const copy = await postgres.createDatabase('cluster-copy', 'cluster-original');
    expect(copy).toBe(postgres.url('cluster-copy'));
    expect(await ask(copy, 'select one from greeting')).toEqual({ one: 1 });
  });

  it('does not run as root', async () => {
    expect((await stat(await dataDirectory(postgres.url('postgres')))).uid).not.toBe(0);
  });

  it('takes settings, and ends with a process that is killed, directory included', async () => {
    const script = join(import.meta.dirname, 'start-cluster.fixture.ts');
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(child.stdout), 'line');
    const url = String(line);
    expect(await ask(url, 'show fsync')).toEqual({ fsync: 'on' });
    const directory = dirname(await dataDirectory(url));
    child.kill('SIGKILL');
    await expect.poll(() => ask(url, 'select 1').catch(() => 'gone'), { timeout: 10_000 }).toBe('gone');
    await expect.poll(() => access(directory).catch(() => 'gone'), { timeout: 10_000 }).toBe('gone');
  });
});
