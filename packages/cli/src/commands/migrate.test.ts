import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { describePostgres } from '@espalier/platform/testing';
import { describe, expect, it } from 'vitest';
import { embedded, espalier, spawnEspalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { straight } from '../testing/workflows.fixture.ts';

type Where = () => Promise<Record<string, string>>;

function movesTheSchema(where: Where): void {
  it('QA-3 goes up, says where it stands, and goes down only if data may be discarded', async () => {
    await using at = await temporaryDirectory(straight);
    const environment = await where();
    const migrate = async (...words: string[]) => espalier(['migrate', ...words], { cwd: at.path, environment });
    expect((await migrate('up')).exit).toBe(0);
    expect((await migrate('up')).stdout).toBe('There was nothing to do.\n');
    const status = JSON.parse((await migrate('status', '--json')).stdout);
    expect(status).toMatchObject({ done: [], pending: [], unknown: [] });
    const last = status.applied.at(-1);
    const careless = await migrate('down');
    expect(careless.stderr).toContain('--discard-data');
    expect(careless.exit).toBe(2);
    expect((await migrate('status')).stdout).toContain(`applied    ${last}\n`);
    expect((await migrate('down', '--discard-data')).stdout).toBe(`removed    ${last}\n`);
    expect((await migrate('up', '--json')).stdout).toContain(`"done":["${last}"]`);
    expect((await espalier(['run', 'straight', 'x'], { cwd: at.path, environment })).exit).toBe(0);
  });
}

describe('espalier migrate, on the embedded database', () => {
  movesTheSchema(async () => embedded);

  it.each(['status', 'down'])('%s makes no database where there is none', async (move) => {
    await using at = await temporaryDirectory();
    const { exit, stderr } = await espalier(['migrate', move, '--discard-data'], { cwd: at.path, environment: embedded });
    expect(stderr).toContain('There is no database in');
    expect(exit).toBe(2);
    expect(await readdir(at.path)).toEqual([]);
  });

  it('says that files have no schema', async () => {
    await using at = await temporaryDirectory();
    const { exit, stderr } = await espalier(['migrate', 'up'], { cwd: at.path });
    expect(stderr).toMatch(/no schema\s+to migrate/);
    expect(exit).toBe(2);
  });
});

await describePostgres('espalier migrate, on a server', (postgres) => {
  const newDatabase = async () => ({ ...embedded, DATABASE_URL: await postgres.createDatabase(`cli-${randomUUID()}`) });
  movesTheSchema(newDatabase);

  it('QA-3 two processes at once: each migration is carried out by one of them, and both succeed', async () => {
    await using at = await temporaryDirectory();
    const environment = await newDatabase();
    const migrate = () => spawnEspalier(['migrate', 'up', '--json'], { cwd: at.path, environment });
    const ended = await Promise.all([migrate(), migrate()]);
    const done = ended.flatMap(({ stdout }) => JSON.parse(stdout).done);
    expect(done.toSorted()).toEqual(JSON.parse(ended[0]?.stdout ?? '').applied);
    expect(ended.map(({ exit }) => exit)).toEqual([0, 0]);
  });

  it('a database without the schema is refused by the other commands, with what to do', async () => {
    await using at = await temporaryDirectory();
    const { exit, stderr } = await espalier(['runs'], { cwd: at.path, environment: await newDatabase() });
    expect(stderr.replaceAll('\n', ' ')).toMatch(/has no schema of Espalier yet.*Run `espalier migrate up`\. \[database\.schema_behind\]/);
    expect(exit).toBe(4);
  });

  const hostOf = (url: string) => new URL(url).host;

  it.each([
    {
      name: 'host',
      to: () => 'postgres://me:s3cr3t@nowhere.invalid/db',
      says: /no host is found by the name nowhere\.invalid\..*Check that the PostgreSQL/,
    },
    { name: 'port', to: () => 'postgres://me:s3cr3t@127.0.0.1:1/db', says: /no server answers at 127\.0\.0\.1:1\./ },
    { name: 'user', to: (url: string) => `postgres://me:s3cr3t@${hostOf(url)}/postgres`, says: /role \\?"me\\?" does not exist/ },
    {
      name: 'database',
      to: (url: string) => `postgres://espalier:s3cr3t@${hostOf(url)}/none`,
      says: /database \\?"none\\?" does not exist/,
    },
    { name: 'scheme', to: () => 'mysql://me:s3cr3t@127.0.0.1/db', says: /expected postgres:\/\/user:password@host:port\/database/ },
    { name: 'text', to: () => 's3cr3t', says: /expected postgres:\/\/user:password@host:port\/database/ },
  ])('a wrong $name in DATABASE_URL is named, and no password is shown', async ({ to, says }) => {
    await using at = await temporaryDirectory();
    const environment = { ...embedded, DATABASE_URL: to(postgres.url('postgres')), ESPALIER_DEBUG: '1' };
    for (const words of [['runs'], ['runs', '--json'], ['migrate', 'up']]) {
      const { exit, stdout, stderr } = await espalier(words, { cwd: at.path, environment });
      expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toMatch(says);
      expect(stdout + stderr).not.toContain('s3cr3t');
      expect(exit).not.toBe(0);
    }
  });
});
