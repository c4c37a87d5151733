import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { straight } from '../testing/workflows.fixture.ts';

const key = 'sk-ant-api03-Zq8vXw';
const pieces = ['sk-ant', 'api03', 'Zq8vXw'];

const manifest = (auth: string) => `provider_credentials:\n  - { id: main, provider: anthropic, auth: { ${auth} } }\n`;

const withAuth = (auth: string) => ({ ...straight, 'straight/provider_credentials.yaml': manifest(auth) });

function expectNothingOfTheKey(...said: string[]): void {
  for (const piece of pieces) expect(said.join()).not.toContain(piece);
}

describe('espalier credentials (ENG-C)', () => {
  it('exits with 0 if all are found, and shows no secret', async () => {
    await using at = await temporaryDirectory(withAuth('source: env, env_var: MY_KEY'));
    const found = { cwd: at.path, environment: { MY_KEY: key } };
    const { exit, stdout, stderr } = await espalier(['credentials', 'straight'], found);
    expect(stdout).toMatch(/^Credential +Provider +State +Source\nmain +anthropic +found +MY_KEY\n$/);
    const asJson = await espalier(['credentials', 'straight', '--json'], found);
    expect(JSON.parse(asJson.stdout)).toEqual({
      ok: true,
      credentials: [{ id: 'main', provider: 'anthropic', source: 'env', name: 'MY_KEY', state: 'found' }],
    });
    expectNothingOfTheKey(stdout, stderr, asJson.stdout);
    expect([exit, asJson.exit]).toEqual([0, 0]);
  });

  it('exits with 2 if one cannot be used, and says what to do', async () => {
    await using at = await temporaryDirectory({ ...withAuth('source: file, file_path: ~/key.txt'), 'home/key.txt': key });
    const path = join(at.path, 'home', 'key.txt');
    const words = ['credentials', 'straight'];
    const options = { cwd: at.path, environment: { HOME: join(at.path, 'home') } };
    await chmod(path, 0o644);
    const unsafe = await espalier(words, options);
    expect(unsafe.stdout.replaceAll(/\s+/g, ' ')).toContain(`Run: chmod 600 ${path}`);
    expect(unsafe.stdout).toMatch(/^main +anthropic +unsafe +/m);
    const asJson = await espalier([...words, '--json'], options);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ ok: false, credentials: [{ name: path, state: 'unsafe' }] });
    await chmod(path, 0o600);
    const safe = await espalier(words, options);
    expect([unsafe.exit, asJson.exit, safe.exit]).toEqual([2, 2, 0]);
    expectNothingOfTheKey(unsafe.stdout, asJson.stdout, safe.stdout);
  });

  it('says so if the workflow declares none', async () => {
    await using at = await temporaryDirectory(straight);
    const { exit, stdout } = await espalier(['credentials', 'straight'], { cwd: at.path });
    expect(stdout).toBe('The workflow declares no credentials.\n');
    expect(exit).toBe(0);
  });

  it.each([
    ['credentials', []],
    ['credentials', ['--json']],
    ['validate', []],
    ['validate', ['--json']],
    ['run', []],
    ['run', ['--json']],
  ])('%s %s repeats nothing of a key that was pasted into the manifest', async (command, options) => {
    for (const auth of [`source: env, env_var: ${key}`, `source: env, env_var: MY_KEY, api_key: ${key}`, `source: env, ${key}: "`]) {
      await using at = await temporaryDirectory(withAuth(auth));
      const environment = { ESPALIER_DEBUG: '1', ESPALIER_STATE: join(at.path, 'state') };
      const { exit, stdout, stderr } = await espalier([command, 'straight', ...options], { cwd: at.path, environment });
      expect(stdout + stderr).toContain('provider_credentials.yaml');
      expectNothingOfTheKey(stdout, stderr);
      expect(exit).toBe(2);
    }
  });

  it('answers for the workflow of docs/credentials.md as that page shows', async () => {
    const docs = fileURLToPath(new URL('../../../../docs/', import.meta.url));
    const { stdout } = await espalier(['credentials', 'credentials'], { cwd: docs, environment: { ANTHROPIC_API_KEY: key } });
    expect(await readFile(join(docs, 'credentials.md'), 'utf8')).toContain(`\`\`\`text\n${stdout}\`\`\``);
  });
});
