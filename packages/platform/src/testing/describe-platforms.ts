import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describePostgres, migratedDatabase } from '@espalier/store/testing';
import { afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { openPlatform, type Platform, type PlatformOptions } from '../index.ts';

/** A platform of its own for each test, on one kind of storage. */
export interface PlatformUnderTest {
  /** Holds what the test writes; removed afterwards. */
  readonly root: string;
  readonly platform: Platform;
  readonly options: PlatformOptions;
  /** What its runs record as their journal. */
  readonly adapter: string;
  /** Writes the files of a workflow. @returns their directory. */
  workflow(text: string, files?: Record<string, string>): Promise<string>;
  /** Opens the same data once more: after `close`, or beside it as another process would. */
  open(options?: Partial<PlatformOptions>): Promise<Platform>;
}

type Body = (subject: PlatformUnderTest) => void;

/** The same tests on files, on the embedded database and, if this machine has it, on PostgreSQL (await it). */
export async function describePlatforms(title: string, body: Body): Promise<void> {
  describe(`${title} [files]`, () => body(subject('jsonl', async () => ({ journal: 'file' }))));
  await describeDatabasePlatforms(title, body);
}

/** Without files. */
export async function describeDatabasePlatforms(title: string, body: Body): Promise<void> {
  describe(`${title} [PGlite]`, () => body(subject('pglite', async () => ({}))));
  await describeSharedPlatforms(title, body);
}

/** PostgreSQL alone, which several processes may share. A tenant of its own for each test. */
export async function describeSharedPlatforms(title: string, body: Body): Promise<void> {
  await describePostgres(title, (postgres) => {
    let databaseUrl: string;
    let tests = 0;
    beforeAll(async () => {
      databaseUrl = await migratedDatabase(postgres);
    });
    body(
      subject('postgres', async () => {
        tests += 1;
        return { databaseUrl, tenant: `test-${tests}` };
      }),
    );
  });
}

function subject(adapter: string, storage: () => Promise<Partial<PlatformOptions>>): PlatformUnderTest {
  let root: string;
  let options: PlatformOptions;
  let opened: Platform[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'espalier-platform-'));
    options = { stateDirectory: join(root, 'state'), workspace: join(root, 'workspace'), ...(await storage()) };
    opened = [await openPlatform(options)];
  });
  afterEach(async () => {
    await Promise.all(opened.map((platform) => platform.close()));
    await rm(root, { recursive: true });
  });
  return {
    adapter,
    get root() {
      return root;
    },
    get options() {
      return options;
    },
    get platform() {
      return opened.at(-1) as Platform;
    },
    async workflow(text, files = {}) {
      for (const [name, content] of Object.entries({ 'workflow.yaml': text, ...files })) await writeFile(join(root, name), content);
      return root;
    },
    async open(more = {}) {
      const platform = await openPlatform({ ...options, ...more });
      opened.push(platform);
      return platform;
    },
  };
}
