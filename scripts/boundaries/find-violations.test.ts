import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BoundaryReport, findViolations } from './find-violations.ts';

/** A small house of the same plan: every file that is not named in a test below keeps the rules. */
const sound: Record<string, string> = {
  'packages/core/package.json': '{ "name": "@espalier/core", "exports": { ".": "./src/index.ts", "./wire": "./src/wire/index.ts" } }',
  'packages/core/src/index.ts': `export { hash } from './engine/hash.ts';\nexport { parse } from './manifest/parse.ts';`,
  'packages/core/src/engine/hash.ts': `import { createHash } from 'node:crypto';\nexport const hash = () => createHash('sha256');`,
  'packages/core/src/engine/hash.test.ts': `import { readFile } from 'node:fs/promises';\nimport { it } from 'vitest';\nit('reads', readFile);`,
  'packages/core/src/manifest/parse.ts': `import { z } from 'zod';\nexport const parse = z.parse;`,
  'packages/core/src/wire/index.ts': `import { z } from 'zod';\nexport const event = z.string();`,
  'packages/runtime/package.json': '{ "name": "@espalier/runtime", "exports": { ".": "./src/index.ts" } }',
  'packages/runtime/src/index.ts': `export { Journal } from './journal/journal.ts';\nexport { drive } from './run/drive.ts';`,
  'packages/runtime/src/gate/permit.ts': `export function issuePermit() {}\nexport const permit = 1;`,
  'packages/runtime/src/journal/journal.ts': `import { readFile } from 'node:fs/promises';\nexport class Journal { read = readFile; }`,
  'packages/runtime/src/ports/port.ts': `import type { drive } from '../run/drive.ts';\nexport type Port = typeof drive;\nexport const port = 1;`,
  'packages/runtime/src/run/drive.ts': `import { hash } from '@espalier/core';\nimport { permit } from '../gate/permit.ts';\nexport const drive = [hash, permit];`,
  'packages/runtime/src/models/acme/acme.ts': `import { acme } from '@ai-sdk/acme';\nexport const model = acme;`,
  'packages/cli/package.json': '{ "name": "@espalier/cli", "exports": { ".": "./src/main.ts" } }',
  'packages/cli/src/main.ts': `import { environment } from './environment.ts';\nexport const main = environment;`,
  'packages/cli/src/environment.ts': 'export const environment = process.env;',
  'packages/cli/src/comment.ts': `// process.env and issuePermit in words are no use of them\nexport const text = 'process.env';`,
};

const upwards = 'arrows between packages only go down (cli → platform → store → runtime → core)';
const deep = 'a package is imported by its name and only through its declared exports';
const testCode = 'test code and test tools stay out of production code';
const provider = 'provider packages are imported by model adapters only (packages/runtime/src/models/<provider>/)';
const environment = 'process.env is read in packages/cli/src/environment.ts only';
const coreImports = 'core imports zod, yaml, ajv, ajv-formats, re2js and node:crypto only';

/** Sorted, as violations are. */
const forgers = ['cassettes', 'models/acme', 'models/gateway', 'run', 'tools'].map((folder) => `packages/runtime/src/${folder}/forge.ts`);

/** Files that break a rule each, and the lines that are expected for them. */
const broken: { title: string; files: Record<string, string>; expected: string[] }[] = [
  {
    title: 'an upward import between packages, even of a type',
    files: { 'packages/core/src/graph/up.ts': `import type { drive } from '@espalier/runtime';\nexport type Drive = typeof drive;` },
    expected: [`packages/core/src/graph/up.ts → packages/runtime/src/index.ts: ${upwards}`],
  },
  {
    title: 'a floor that is left out on the way down',
    files: { 'packages/cli/src/skips.ts': `import { drive } from '@espalier/runtime';\nexport const skips = drive;` },
    expected: [`packages/cli/src/skips.ts → packages/runtime/src/index.ts: ${upwards}`],
  },
  {
    title: 'a package without a floor',
    files: {
      'packages/attic/package.json': '{ "name": "@espalier/attic" }',
      'packages/attic/src/box.ts': `import { hash } from '@espalier/core';\nexport const box = hash;`,
    },
    expected: [`packages/attic/src/box.ts → packages/core/src/index.ts: ${upwards}`],
  },
  {
    title: 'a deep import by path, by name, and of an entry by path',
    files: {
      'packages/runtime/src/agent/by-path.ts': `import { parse } from '../../../core/src/manifest/parse.ts';\nexport const deep = parse;`,
      'packages/runtime/src/agent/by-name.ts': `import { parse } from '@espalier/core/src/manifest/parse.ts';\nexport const deep = parse;`,
      'packages/runtime/src/agent/entry-by-path.ts': `import { hash } from '../../../core/src/index.ts';\nexport const deep = hash;`,
      'examples/garden/handlers/deep.ts': `import { parse } from '../../../packages/core/src/manifest/parse.ts';\nexport const deep = parse;`,
    },
    expected: [
      `examples/garden/handlers/deep.ts → packages/core/src/manifest/parse.ts: ${deep}`,
      `packages/runtime/src/agent/by-name.ts → @espalier/core: ${deep}`,
      `packages/runtime/src/agent/by-path.ts → packages/core/src/manifest/parse.ts: ${deep}`,
      `packages/runtime/src/agent/entry-by-path.ts → packages/core/src/index.ts: ${deep}`,
    ],
  },
  {
    title: 'test tools and test code in production code',
    files: {
      'packages/runtime/src/tools/tool.fixture.ts': `import { expect } from 'vitest';\nexport const tool = expect;`,
      'packages/runtime/src/tools/tool.ts': `import { expect } from 'vitest';\nimport { tool } from './tool.fixture.ts';\nexport const use = [expect, tool];`,
    },
    expected: [
      `packages/runtime/src/tools/tool.ts → packages/runtime/src/tools/tool.fixture.ts: ${testCode}`,
      `packages/runtime/src/tools/tool.ts → vitest: ${testCode}`,
    ],
  },
  {
    title: 'a provider package outside its adapter folder, and also what the SDK shares where it is more than types',
    files: {
      'packages/runtime/src/models/registry.ts': `import { acme } from '@ai-sdk/acme';\nexport const registry = acme;`,
      'packages/runtime/src/models/gateway/shortcut.ts': `export const shortcut = () => import('@ai-sdk/acme');`,
      'packages/runtime/src/models/other/borrowed.ts': `import { acme } from '@ai-sdk/acme';\nexport const borrowed = acme;`,
      'packages/runtime/src/models/acme/shared.ts': `import { APICallError } from '@ai-sdk/provider';\nexport const shared = APICallError;`,
      'packages/runtime/src/cassettes/live.ts': `import type { Model } from '@ai-sdk/acme';\nexport type Live = Model;`,
    },
    expected: [
      `packages/runtime/src/cassettes/live.ts → @ai-sdk/acme: ${provider}`,
      `packages/runtime/src/models/acme/shared.ts → @ai-sdk/provider: ${provider}`,
      `packages/runtime/src/models/gateway/shortcut.ts → @ai-sdk/acme: ${provider}`,
      `packages/runtime/src/models/other/borrowed.ts → @ai-sdk/acme: ${provider}`,
      `packages/runtime/src/models/registry.ts → @ai-sdk/acme: ${provider}`,
    ],
  },
  {
    title: 'I/O and foreign packages in core',
    files: {
      'packages/core/src/graph/io.ts': `import { readFile } from 'fs/promises';\nimport pino from 'pino';\nexport const io = [readFile, pino];`,
    },
    expected: [`packages/core/src/graph/io.ts → node:fs/promises: ${coreImports}`, `packages/core/src/graph/io.ts → pino: ${coreImports}`],
  },
  {
    title: 'what a browser cannot load in core/wire, directly or through another folder',
    files: {
      'packages/core/src/wire/sign.ts': `import { createHash } from 'node:crypto';\nimport { hash } from '../engine/hash.ts';\nexport const sign = [createHash, hash];`,
    },
    expected: [
      'packages/core/src/wire/sign.ts → node:crypto: core/wire and what it imports run in a browser: wire and errors import each other and zod only',
      'packages/core/src/wire/sign.ts → packages/core/src/engine/hash.ts: core/wire and what it imports run in a browser: wire and errors import each other and zod only',
    ],
  },
  {
    title: 'a package in the engine',
    files: { 'packages/core/src/engine/shape.ts': `import { z } from 'zod';\nexport const shape = z.string();` },
    expected: ['packages/core/src/engine/shape.ts → zod: core/engine imports nothing but core'],
  },
  {
    title: 'an upward import inside runtime, also where the same file imports a type in another statement',
    files: {
      'packages/runtime/src/gate/up.ts': `import type { drive } from '../run/drive.ts';\nimport { drive as value } from '../run/drive.ts';\nexport const up: typeof drive = value;`,
      'packages/runtime/src/cellar/up.ts': `import { port } from '../ports/port.ts';\nexport const cellar = port;`,
    },
    expected: [
      expect.stringContaining('packages/runtime/src/cellar/up.ts → packages/runtime/src/ports/port.ts: inside runtime arrows only go down'),
      expect.stringContaining('packages/runtime/src/gate/up.ts → packages/runtime/src/run/drive.ts: inside runtime arrows only go down'),
    ],
  },
  {
    title: 'a storage adapter that is imported instead of passed in',
    files: { 'packages/runtime/src/run/save.ts': `import { Journal } from '../journal/journal.ts';\nexport const save = Journal;` },
    expected: [
      'packages/runtime/src/run/save.ts → packages/runtime/src/journal/journal.ts: nothing in runtime imports an adapter of a storage port: it is passed in',
    ],
  },
  {
    title: 'a cycle, though a shorter way back is one of types alone',
    files: {
      'packages/core/src/graph/a.ts': `import { b } from './b.ts';\nexport const a = () => b;`,
      'packages/core/src/graph/b.ts': `import type { a } from './a.ts';\nimport { c } from './c.ts';\nexport const b: { c: typeof c; a?: typeof a } = { c };`,
      'packages/core/src/graph/c.ts': `import { a } from './a.ts';\nexport const c = () => a;`,
    },
    expected: ['packages/core/src/graph/c.ts → packages/core/src/graph/a.ts: closes a cycle of imports'],
  },
  {
    title: 'a permit issued outside the gate, wherever models and tools are called',
    files: Object.fromEntries(
      forgers.map((path) => [
        path,
        `import { issuePermit as make } from '${'../'.repeat(path.split('/').length - 4)}gate/permit.ts';\nexport const forge = make;`,
      ]),
    ),
    expected: forgers.map((path) => `${path}: issuePermit is for the gate alone (S20)`),
  },
  {
    title: 'the environment read elsewhere, however it is spelt',
    files: {
      'packages/cli/src/env-1.ts': 'export const home = process.env.HOME;',
      'packages/cli/src/env-2.ts': `export const home = process['env'].HOME;`,
      'packages/cli/src/env-3.ts': 'const { env } = globalThis.process;\nexport const home = env.HOME;',
      'packages/cli/src/env-4.ts': `import { env as variables } from 'node:process';\nexport const home = variables.HOME;`,
    },
    expected: [1, 2, 3, 4].map((number) => `packages/cli/src/env-${number}.ts: ${environment}`),
  },
];

describe('the boundaries of the packages', () => {
  let root: string;
  let clean: BoundaryReport;
  let dirty: BoundaryReport;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'boundaries-'));
    await plant(root, sound);
    await mkdir(join(root, 'node_modules/@espalier'), { recursive: true });
    for (const name of ['core', 'runtime', 'cli']) await symlink(join(root, 'packages', name), join(root, 'node_modules/@espalier', name));
    clean = await findViolations(root);
    for (const { files } of broken) await plant(root, files);
    dirty = await findViolations(root);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('are kept by a sound house, whose every file is seen', () => {
    expect(clean).toEqual({ modules: Object.keys(sound).filter((path) => path.endsWith('.ts')).length, violations: [] });
  });

  it.each(broken)('refuse $title', ({ files, expected }) => {
    const found = dirty.violations.filter((line) => Object.keys(files).some((path) => line.startsWith(path)));
    expect(found).toEqual(expected);
  });

  it('refuse nothing but what breaks them', () => {
    expect(dirty.violations).toHaveLength(broken.flatMap(({ expected }) => expected).length);
  });
});

async function plant(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}
