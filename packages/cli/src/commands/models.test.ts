import { chmod, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { asking } from '../testing/models.fixture.ts';
import { startUpstream, type Upstream } from '../testing/upstream.fixture.ts';
import { straight, writing } from '../testing/workflows.fixture.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(async () => upstream[Symbol.asyncDispose]());

const key = 'sk-ant-api03-Zq8vXw';

/** Deployments of all kinds: with a key in a file, without one, without a price, without an address. */
const many = {
  ...straight,
  'straight/agents.yaml': 'agents:\n  - { id: writer, llm: by_need, fallback: [offline/text], prompt: Write. }\n',
  'straight/models.yaml': `
deployments:
  - { id: sonnet, provider: anthropic, model: claude-sonnet-4-5, credential: main }
  - { id: flash, provider: google, model: gemini-2.5-pro }
  - { id: own, provider: openai-compatible, model: llama, base_url: 'http://127.0.0.1:9/v1' }
  - { id: lost, provider: openai-compatible, model: llama, price: { input: 0, output: 0 } }
chains:
  - { id: careful, steps: [[sonnet, flash], own] }
routes:
  - id: by_need
    rules:
      - { tier: simple, when: { complexity_below: 0.3, code: false }, use: flash }
      - { tier: long, when: { tokens_from: 20000, tools: true }, use: sonnet }
    default: { tier: standard, use: careful }
`,
  'straight/provider_credentials.yaml':
    'provider_credentials:\n  - { id: main, provider: anthropic, auth: { source: file, file_path: ./main.key } }\n',
};

describe('COG-1 espalier models list', () => {
  it('lists deployments with prices, state and what leads to them, and reads chains and routes out', async () => {
    await using at = await temporaryDirectory(many);
    const { exit, stdout } = await espalier(['models', 'list', 'straight'], { cwd: at.path, environment: { NOTHING: '1' } });
    expect(stdout).toMatch(/^Deployment +In +Out +Prices +State\n/);
    expect(stdout).toMatch(
      /\nflash +\$1\.25 +\$10\.00 +published +no credential\n {2}google\/gemini-2\.5-pro, used by agent writer, careful, by_need\n/,
    );
    expect(stdout).toMatch(/\nown +– +– +unknown +no price\n/);
    expect(stdout).toMatch(/\nlost +\$0\.00 +\$0\.00 +declared +no address\n.*used by nobody\n/);
    expect(stdout).toMatch(/\noffline\/text +\$0\.00 +\$0\.00 +free +ready\n/);
    expect(stdout).toMatch(/published: genai-prices [\d.]+/);
    expect(stdout).toContain('\n  writer   by_need → offline/text\n');
    expect(stdout).toContain('\n  careful  sonnet | flash → own\n');
    expect(stdout).toContain('  by_need  simple, if complexity below 0.3 and without code: flash\n');
    expect(stdout).toContain('           long, if from 20,000 tokens and with tools: sonnet\n');
    expect(stdout).toContain('           standard, otherwise: careful\n');
    expect(stdout).toContain('espalier models check straight');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'No language model can be asked as things are. To go on without one, name offline/text',
    );
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(exit).toBe(0);
  });

  it('says the same as JSON, prices as digits of pico-dollars and as dollars', async () => {
    await using at = await temporaryDirectory(many);
    const { stdout } = await espalier(['models', 'list', 'straight', '--json'], { cwd: at.path });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ workflow: 'straight', language_model: false, chains: [{ id: 'careful' }], routes: [{ id: 'by_need' }] });
    expect(report.deployments).toContainEqual(
      expect.objectContaining({ id: 'own', ready: false, prices: null, fault: expect.objectContaining({ code: 'model.unpriced' }) }),
    );
    const flash = report.deployments.find(({ id }: { id: string }) => id === 'flash');
    expect(flash.prices.per_million).toMatchObject({
      input: { pico_dollars: '1250000000000', usd: '$1.25' },
      tiers: [{ above_input_tokens: 200000, output: { usd: '$15.00' } }],
    });
  });

  it.each([
    {
      name: 'only the offline engine is asked',
      workflow: 'writing',
      files: writing,
      says: 'offline/text is a rule-based engine, not a language model',
    },
    { name: 'nobody is asked', workflow: 'straight', files: straight, says: 'asks no models' },
  ])('says so where $name', async ({ workflow, files, says }) => {
    await using at = await temporaryDirectory(files);
    const { exit, stdout } = await espalier(['models', 'list', workflow], { cwd: at.path });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(says);
    expect(stdout).toContain('offline/text');
    expect(exit).toBe(0);
  });

  it('refuses a workflow that is broken, with its problems', async () => {
    await using at = await temporaryDirectory({
      ...straight,
      'straight/models.yaml': 'deployments: [{ id: x, provider: nobody, model: m }]\n',
    });
    const { exit, stderr } = await espalier(['models', 'list', 'straight'], { cwd: at.path });
    expect(stderr).toContain('straight/models.yaml:1:');
    expect(exit).toBe(2);
  });
});

describe('COG-1 espalier models check', () => {
  it('shows what each deployment lacks and one sentence on what to do, with exit 2', async () => {
    await using at = await temporaryDirectory(many);
    const { exit, stdout } = await espalier(['models', 'check', 'straight'], { cwd: at.path });
    expect(stdout).toMatch(/\n✗ {2}sonnet +missing +published +standard\n/);
    expect(stdout).toMatch(/\n✗ {2}own +– +unknown +http:\/\/127\.0\.0\.1:9\/v1\n/);
    expect(stdout).toMatch(/\n✗ {2}lost +not needed +declared +missing\n/);
    expect(stdout).toMatch(/\n✓ {2}offline\/text +not needed +free +this process\n/);
    const said = stdout.replaceAll(/\s+/g, ' ');
    expect(said).toContain(`sonnet: Credential main: there is no file ${join(at.path, 'straight/main.key')}.`);
    expect(said).toContain('own: The price of openai-compatible/llama is not known');
    expect(exit).toBe(2);
  });

  it('is content once they have what they need, and shows no key', async () => {
    await using at = await temporaryDirectory(
      asking(upstream.baseUrl, { agents: 'agents:\n  - { id: writer, llm: anthropic/claude-sonnet-4-5, prompt: P. }\n' }),
    );
    const { exit, stdout } = await espalier(['models', 'check', 'asking', '--json'], {
      cwd: at.path,
      environment: { ANTHROPIC_API_KEY: key },
    });
    const { ok, deployments } = JSON.parse(stdout);
    expect([ok, exit]).toEqual([true, 0]);
    expect(deployments[0]).toMatchObject({
      id: 'anthropic/claude-sonnet-4-5',
      checks: { credential: 'found', price: 'published', address: 'standard' },
    });
    expect(stdout).not.toContain(key);
  });

  it('shows no query of an address', async () => {
    const address = 'http://127.0.0.1:9/v1?key=geheim';
    await using at = await temporaryDirectory(asking(address));
    for (const words of [['check'], ['check', '--json'], ['list', '--json']]) {
      const { stdout } = await espalier(['models', ...words.toSpliced(1, 0, 'asking')], { cwd: at.path });
      expect(stdout).toContain('http://127.0.0.1:9/v1');
      expect(stdout).not.toContain('geheim');
    }
  });

  it('asks nobody without --ask', async () => {
    await using at = await temporaryDirectory(asking(upstream.baseUrl));
    const asked = upstream.asked.length;
    await espalier(['models', 'check', 'asking'], { cwd: at.path });
    expect(upstream.asked).toHaveLength(asked);
  });
});

describe('COG-1 espalier models check --ask', () => {
  const good = { pieces: ['ready'], usage: { input: 20, output: 2 } };

  it('asks each deployment itself in a run of its own, says before that it costs, and after what it did', async () => {
    upstream.script('main-model', good);
    upstream.script('spare-model', { status: 401 });
    await using at = await temporaryDirectory(asking(upstream.baseUrl));
    const before = upstream.asked.length;
    const { exit, stdout, stderr } = await espalier(['models', 'check', 'asking', '--ask', '--user', 'ada'], { cwd: at.path });
    expect(upstream.asked.slice(before)).toEqual(['main-model', 'spare-model']);
    expect(stderr).toMatch(/^\nAsking 2 deployments for one word\. This costs a little, about \$0\.\d+\.\n$/);
    expect(stdout).toMatch(/\n✓ {2}main +[\d.]+ m?s +20 +2 +\$0\.000056 +ready\n/);
    expect(stdout).toMatch(/\n✗ {2}spare +[\d.]+ m?s +0 +0 +nothing +model\.failed\n/);
    expect(stdout).toMatch(/\nspare: .*401/);
    expect(exit).toBe(1);
    const runs = JSON.parse((await espalier(['runs', '--json'], { cwd: at.path })).stdout);
    expect(runs).toMatchObject({ total: 2, runs: [{ workflow: 'models_check', outcome: 'success' }, { workflow: 'models_check' }] });
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('espalier-models-'))).toEqual([]);
  });

  it('finds credentials in files where they are relative to the workflow', async () => {
    upstream.script('main-model', good);
    const { 'asking/models.yaml': models = '', ...others } = asking(upstream.baseUrl, { models: '' });
    const named = models.replaceAll('provider: openai-compatible,', 'provider: openai-compatible, credential: own,');
    const files = { ...others, 'asking/models.yaml': named };
    const credentials =
      'provider_credentials:\n  - { id: own, provider: openai-compatible, auth: { source: file, file_path: keys/own.txt } }\n';
    await using at = await temporaryDirectory({ ...files, 'asking/provider_credentials.yaml': credentials });
    const missing = await espalier(['models', 'check', 'asking', '--ask'], { cwd: at.path });
    expect(missing.stdout.replaceAll(/\s+/g, ' ')).toContain(`there is no file ${join(at.path, 'asking/keys/own.txt')}`);
    expect(missing.exit).toBe(2);
    await using found = await temporaryDirectory({ ...files, 'asking/provider_credentials.yaml': credentials, 'asking/keys/own.txt': key });
    await chmod(join(found.path, 'asking/keys/own.txt'), 0o600);
    const { stdout } = await espalier(['models', 'check', 'asking', '--ask', '--json'], { cwd: found.path });
    expect(JSON.parse(stdout).deployments[0]).toMatchObject({
      id: 'main',
      checks: { credential: 'found' },
      asked: { answer: 'ready', error: null },
    });
    expect(stdout).not.toContain(key);
  });

  it('GRD-3 GRD-5 is held to limits and budgets like any other run', async () => {
    upstream.script('main-model', good);
    upstream.script('spare-model', good);
    const limited = { ...asking(upstream.baseUrl), 'espalier.config.yaml': 'rate_limits: { user_per_hour: 1 }\n' };
    await using at = await temporaryDirectory(limited);
    const rate = await espalier(['models', 'check', 'asking', '--ask'], { cwd: at.path });
    expect(rate.stdout).toMatch(/\n✓ {2}main /);
    expect(rate.stdout).toMatch(/\n✗ {2}spare .* rate\.limited\n/);
    expect(rate.stdout.replaceAll(/\s+/g, ' ')).toMatch(/spare: The limit of 1 per hour for user .* is used up; come again in \d+ s\./);
    await using poor = await temporaryDirectory({ ...asking(upstream.baseUrl), 'espalier.config.yaml': 'budgets: { session_usd: 0 }\n' });
    const budget = await espalier(['models', 'check', 'asking', '--ask'], { cwd: poor.path });
    expect(budget.stdout).toMatch(/\n✗ {2}main .* budget\.exceeded\n/);
    expect(budget.exit).toBe(1);
  });
});

describe('COG-3 espalier models price', () => {
  it('shows the price of a model, tier by tier, its table, and what so many tokens cost', async () => {
    await using at = await temporaryDirectory();
    const words = ['models', 'price', 'anthropic/claude-sonnet-4-5', '--input', '250000', '--output', '1000'];
    const { exit, stdout } = await espalier(words, { cwd: at.path });
    expect(stdout).toMatch(/^Deployment +Input +Cached +Written +Output +Cost +Prices\n/);
    expect(stdout).toMatch(/\nanthropic\/claude-sonnet-4-5 +\$3\.00 +\$0\.30 +\$3\.75 +\$15\.00 +\$1\.5225 +published\n/);
    expect(stdout).toMatch(/\n {2}above 200,000 tokens +\$6\.00 +\$0\.60 +\$7\.50 +\$22\.50\n/);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/published: genai-prices [\d.]+\. Cost of 250,000 tokens in and 1,000 out\./);
    expect(exit).toBe(0);
    const machine = JSON.parse((await espalier([...words, '--json'], { cwd: at.path })).stdout);
    expect(machine.models[0]).toMatchObject({ model: 'claude-sonnet-4-5', cost: { pico_dollars: '1522500000000', usd: '$1.5225' } });
  });

  it('shows those of a workflow, declared ones and none', async () => {
    await using at = await temporaryDirectory(asking(upstream.baseUrl, { price: '{ input: 2, output: 8, cache_read: 0.5 }' }));
    const { stdout } = await espalier(['models', 'price', 'asking'], { cwd: at.path });
    expect(stdout).toMatch(/\nmain +\$2\.00 +\$0\.50 +\$2\.00 +\$8\.00 +declared\n/);
    expect(stdout).toContain('declared: models.yaml.');
    expect((await espalier(['models', 'price', 'offline/text', '--input', '5'], { cwd: at.path })).stdout).toMatch(/ nothing +free\n/);
  });

  it.each([
    { subject: 'openai/no-such-model', message: /The price of openai\/no-such-model is not known/ },
    { subject: 'nobody/x', message: /no provider of that name; nearest/ },
    { subject: 'nowhere', message: /neither the directory of a workflow nor provider\/model/ },
  ])('says with exit 2 that there is none for $subject', async ({ subject, message }) => {
    await using at = await temporaryDirectory();
    const { exit, stdout, stderr } = await espalier(['models', 'price', subject], { cwd: at.path });
    expect(`${stdout}${stderr}`.replaceAll(/\s+/g, ' ')).toMatch(message);
    expect(exit).toBe(2);
  });
});
