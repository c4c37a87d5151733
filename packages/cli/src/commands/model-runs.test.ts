import { userInfo } from 'node:os';
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

const answer = { pieces: ['Pears ', 'are ', 'sweet.'], usage: { input: 120, output: 30 } };

/** The files of the workflow `asking`, whose first deployment is overloaded for two requests. */
function withFallback() {
  upstream.script('main-model', { status: 503 });
  upstream.script('spare-model', answer);
  return asking(upstream.baseUrl);
}

async function eventsOf(cwd: string) {
  const { stdout } = await espalier(['inspect', 'last', '--events', '--json'], { cwd });
  return JSON.parse(stdout).events as { type: string; payload: Record<string, unknown> }[];
}

describe('COG-1 a run that asks models', () => {
  it('reports what it cost, who stood in for whom, and after how many tries', async () => {
    await using at = await temporaryDirectory(withFallback());
    const { exit, stdout, stderr } = await espalier(['run', 'asking', 'pears'], { cwd: at.path });
    expect(stdout).toContain('  Pears are sweet.\n');
    expect(stdout).toContain('Cost     $0.00048  (3 requests, 120 tokens in, 30 out)\n');
    expect(stdout).toContain('Fallback spare answered in the place of main (draft: overloaded)\n');
    expect(stderr).toMatch(/✓ draft .* writers → spare · 3rd try after overloaded/);
    expect(exit).toBe(0);
    const inspected = await espalier(['inspect', 'last'], { cwd: at.path });
    expect(inspected.stdout).toContain('Cost     $0.00048  (3 requests,');
    expect(inspected.stdout).toContain('1 model call,');
    expect(inspected.stdout).toMatch(/✓ draft +[\d.]+ m?s +writers → spare · 3rd try after over/);
  });

  it('says the same as JSON, amounts as digits and as dollars', async () => {
    await using at = await temporaryDirectory(withFallback());
    const { stdout } = await espalier(['run', 'asking', 'pears', '--json'], { cwd: at.path });
    expect(JSON.parse(stdout)).toMatchObject({
      cost: { pico_dollars: '480000000', usd: '$0.00048', requests: 3, input_tokens: 120, output_tokens: 30, assumed: { usd: '$0.00' } },
      fallbacks: [{ node: 'draft', from: 'main', to: 'spare', times: 1, reason: 'overloaded' }],
    });
  });

  it('COG-2 COG-4 inspect shows by which route it was asked, and what it put right', async () => {
    upstream.script('main-model', { pieces: ['Pears'] }, { pieces: ['{"title":"Pears"}'] });
    const route =
      'routes:\n  - { id: by_need, rules: [{ tier: small, when: { code: false }, use: main }], default: { tier: any, use: spare } }\n';
    const agents = 'agents:\n  - { id: writer, llm: by_need, prompt: Write., schema_out: note }\n';
    const schema = '{ "type": "object", "required": ["title"], "properties": { "title": { "type": "string" } } }';
    await using at = await temporaryDirectory({
      ...asking(upstream.baseUrl, { agents, models: route }),
      'asking/schemas/note.json': schema,
    });
    const { stderr } = await espalier(['run', 'asking', 'pears'], { cwd: at.path });
    expect(stderr).toMatch(/✓ draft .* by_need → main · 1 self-correction · /);
    const wide = { cwd: at.path, width: 300 };
    const { stdout } = await espalier(['inspect', 'last'], wide);
    expect(stdout).toMatch(
      /by_need → main · 1 self-correction · \$0\.\d+ · tier small \(.*rule 1 of by_need: no code\) · corrected its answer: /,
    );
  });

  it('costs nothing that is worth a line where only the offline engine is asked', async () => {
    await using at = await temporaryDirectory(writing);
    const { stdout } = await espalier(['run', 'writing', 'Draft a note'], { cwd: at.path });
    expect(stdout).not.toContain('Cost');
  });

  it('is refused before it begins where the provider has no credential, with the way out and exit 2', async () => {
    const agents = 'agents:\n  - { id: writer, llm: anthropic/claude-sonnet-4-5, prompt: Write. }\n';
    await using at = await temporaryDirectory(asking(upstream.baseUrl, { agents }));
    const { exit, stderr } = await espalier(['run', 'asking', 'pears'], { cwd: at.path });
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('Set ANTHROPIC_API_KEY, or add one to provider_credentials.yaml.');
    expect(exit).toBe(2);
  });
});

describe('S24 --stream', () => {
  it('shows what an agent says before its node has ended; what broke off is struck', async () => {
    upstream.script('main-model', { pieces: ['A pear ', 'tree\n', 'is ', 'this'], cutAfter: 3 }, { status: 503 });
    upstream.script('spare-model', answer);
    await using at = await temporaryDirectory(asking(upstream.baseUrl));
    const { exit, stderr } = await espalier(['run', 'asking', 'pears', '--stream'], { cwd: at.path });
    expect(stderr).toMatch(
      / {2}… draft {2}main\n {4}A pear tree\n {4}is\n {4}\(begins again: spare\)\n {4}Pears are sweet\.\n {2}✓ draft /,
    );
    expect(exit).toBe(0);
  });

  it('shows nothing of it without the option', async () => {
    await using at = await temporaryDirectory(withFallback());
    expect((await espalier(['run', 'asking', 'pears'], { cwd: at.path })).stderr).not.toContain('Pears are sweet.');
  });

  it.each(['--json', '--detach'])('is not for %s', async (option) => {
    await using at = await temporaryDirectory(straight);
    const { exit, stderr, stdout } = await espalier(['run', 'straight', 'x', '--stream', option], { cwd: at.path });
    expect(stdout + stderr).toContain("'--stream' cannot be used with option");
    expect(exit).toBe(2);
  });
});

describe('COG-7 cassettes', () => {
  it('--record writes what was answered, and --replay answers with it and asks nobody', async () => {
    await using at = await temporaryDirectory(withFallback());
    const recorded = await espalier(['run', 'asking', 'pears', '--record', 'calls/one.jsonl'], { cwd: at.path });
    expect(recorded.stderr).toContain('Recorded in calls/one.jsonl; with --replay calls/one.jsonl the same run asks nobody.\n');
    const asked = upstream.asked.length;
    const replayed = await espalier(['run', 'asking', 'pears', '--replay', 'calls/one.jsonl'], { cwd: at.path });
    expect(replayed.stdout).toContain('  Pears are sweet.\n');
    expect(replayed.stdout).toContain('Note     cassette: replayed, no provider was asked\n');
    expect(replayed.stdout).not.toContain('Cost');
    expect([recorded.exit, replayed.exit, upstream.asked.length]).toEqual([0, 0, asked]);
    const other = await espalier(['run', 'asking', 'apples', '--replay', 'calls/one.jsonl'], { cwd: at.path });
    expect(other.stderr).toContain('(cassette.miss)');
    expect(other.exit).toBe(1);
  });

  it('refuses a cassette that is none, and both at once', async () => {
    await using at = await temporaryDirectory({ ...straight, 'notes.txt': 'Pears\n' });
    const words = ['run', 'straight', 'x', '--replay'];
    expect((await espalier([...words, 'notes.txt'], { cwd: at.path })).stderr).toContain('[cassette.invalid]');
    const both = await espalier([...words, 'a', '--record', 'b'], { cwd: at.path });
    expect(both.stderr).toContain('cannot be used with option');
    expect(both.exit).toBe(2);
  });
});

describe('S21 who starts a run', () => {
  it('is the user of this machine, or whoever is named, in the session that is named', async () => {
    await using at = await temporaryDirectory(straight);
    await espalier(['run', 'straight', 'x'], { cwd: at.path });
    expect((await eventsOf(at.path))[0]?.payload).toMatchObject({ user: userInfo().username });
    await espalier(['run', 'straight', 'x', '--user', 'ada', '--session', 's-1'], { cwd: at.path });
    expect((await eventsOf(at.path))[0]?.payload).toMatchObject({ user: 'ada', session: 's-1' });
    expect((await espalier(['inspect', 'last'], { cwd: at.path })).stdout).toMatch(/Started {2}.* at start by ada in session s-1\n/);
  });

  it('is nobody for cases of an evaluation, which count against no user', async () => {
    const cases = 'suites:\n  - name: all\n    cases:\n      - { id: one, input: x, assertions: [{ type: status, expected: success }] }\n';
    await using at = await temporaryDirectory({ ...straight, 'straight/evaluations.yaml': cases });
    expect((await espalier(['eval', 'straight'], { cwd: at.path })).exit).toBe(0);
    expect((await eventsOf(at.path))[0]?.payload).toMatchObject({ cost_centre: 'evals' });
    expect((await eventsOf(at.path))[0]?.payload).not.toHaveProperty('user');
  });

  it.each(['--user', '--session'])('%s needs a name', async (option) => {
    await using at = await temporaryDirectory(straight);
    expect((await espalier(['run', 'straight', 'x', option, ' '], { cwd: at.path })).exit).toBe(2);
  });
});

describe('the configuration of the current directory', () => {
  const broken = { 'espalier.config.yaml': 'budgets: { session_usd: much }\n' };

  it.each([['run', 'straight', 'x'], ['runs'], ['credentials', 'straight'], ['models', 'list', 'straight'], ['usage'], ['budget']])(
    'is read, and refused where it is broken: %s %s',
    async (...words) => {
      await using at = await temporaryDirectory({ ...straight, ...broken });
      const { exit, stderr } = await espalier(words, { cwd: at.path });
      expect(stderr).toMatch(/^Error: espalier\.config\.yaml: budgets\.session_usd: /);
      expect(exit).toBe(2);
    },
  );

  it.each([
    ['validate', 'straight'],
    ['graph', 'straight'],
    ['init', 'new'],
  ])('has no say in %s', async (...words) => {
    await using at = await temporaryDirectory({ ...straight, ...broken });
    expect((await espalier(words, { cwd: at.path })).exit).toBe(0);
  });

  it('GRD-5 holds: a run that needs more than a budget has left is stopped, and told where to look', async () => {
    const config = { 'espalier.config.toml': '[budgets]\nuser_day_usd = 0.0001\n' };
    await using at = await temporaryDirectory({ ...withFallback(), ...config });
    const { exit, stdout, stderr } = await espalier(['run', 'asking', 'pears', '--user', 'ada'], { cwd: at.path });
    expect(stdout).toContain('User ada may spend $0.0001');
    expect(stdout).toMatch(/\n +espalier budget\n$/);
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/ ! the agents of session run_\w+ are stopped: a budget admits nothing more /);
    expect(exit).toBe(1);
  });

  it('GRD-3 names Redis where limits cannot be counted, and REDIS_URL wins over the file', async () => {
    const config = { 'espalier.config.json': '{ "redis": { "url": "redis://127.0.0.1:1" } }' };
    await using at = await temporaryDirectory({ ...straight, ...config });
    const { exit, stderr } = await espalier(['run', 'straight', 'x'], {
      cwd: at.path,
      environment: { REDIS_URL: 'redis://:secret@127.0.0.1:2' },
    });
    expect(stderr).toContain('127.0.0.1:2');
    expect(stderr).toContain('[rate.unavailable]');
    expect(stderr).not.toContain('secret');
    expect(exit).toBe(70);
    expect((await espalier(['runs'], { cwd: at.path })).exit).toBe(0);
  });
});
