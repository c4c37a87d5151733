import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embedded, espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { asking } from '../testing/models.fixture.ts';
import { startUpstream, type Upstream } from '../testing/upstream.fixture.ts';
import { writing } from '../testing/workflows.fixture.ts';

/** Every command opens an embedded database: one directory for all that only looks. */
let upstream: Upstream;
let at: Awaited<ReturnType<typeof temporaryDirectory>>;
const ask = (...words: string[]) => espalier(words, { cwd: at.path, environment: embedded });

const today = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  upstream = await startUpstream();
  at = await temporaryDirectory({ ...asking(upstream.baseUrl), ...writing, 'espalier.config.yaml': 'budgets: { user_day_usd: 0.0016 }\n' });
  upstream.script('main-model', { pieces: ['Pears.'], usage: { input: 200, output: 50, cached: 40 } });
  await ask('run', 'asking', 'pears', '--user', 'ada', '--session', 'talk');
  upstream.script('main-model', { pieces: ['Pe', 'ars'], cutAfter: 1 });
  upstream.script('spare-model', { pieces: ['Pears.'], usage: { input: 200, output: 50 } });
  await ask('run', 'writing', 'Draft a note', '--user', 'ben');
});
afterAll(async () => {
  await upstream[Symbol.asyncDispose]();
  await at[Symbol.asyncDispose]();
});

describe('COG-3 espalier usage', () => {
  it('sums up by day, with a bar and the sum of all', async () => {
    const { exit, stdout } = await ask('usage');
    expect(stdout).toMatch(/^Day +Requests +Input +Cached +Output +Cost\n/);
    expect(stdout).toMatch(new RegExp(`\n${today} +2 +[\\d,]+ +40 +\\d+ +\\$0\\.0008 +█+\n`));
    expect(stdout).toMatch(/\nAll +2 +.* \$0\.0008\n$/);
    expect(exit).toBe(0);
  });

  it('sums up by whoever and whatever it is charged to; what cost nothing says so', async () => {
    const { stdout } = await ask('usage', '--by', 'user');
    expect(stdout).toMatch(/\nada +1 +200 .* \$0\.0008 +█+\nben +1 .* nothing\nAll /);
    expect((await ask('usage', '--by', 'deployment')).stdout).toMatch(/\nmain +1 +[^\n]*\noffline\/text +1 /);
    expect((await ask('usage', '--by', 'cost-centre')).stdout).toMatch(/^Cost centre .*\n\(none\) +2 /);
  });

  it('narrows down, and says how much is not listed', async () => {
    expect((await ask('usage', '--by', 'user', '--limit', '1')).stdout).toMatch(/\nada [^\n]*\nAll, also the rest +2 /);
    expect((await ask('usage', '--session', 'talk', '--by', 'agent')).stdout).toMatch(/\nwriter +1 .*\nAll +1 /);
    expect((await ask('usage', '--run', 'last', '--by', 'user')).stdout).toMatch(/^User .*\nben +1 /);
    expect((await ask('usage', '--run', 'nosuch')).stderr).toContain('There is no run "nosuch" here.');
    expect((await ask('usage', '--since', '1h', '--user', 'nobody')).stdout).toBe('Nothing like that was asked.\n');
    expect((await ask('usage', '--until', '2020-01-01')).stdout).toBe('Nothing like that was asked.\n');
    expect((await ask('usage', '--since', 'yesterday')).exit).toBe(2);
  });

  it('prints amounts as digits of pico-dollars and as dollars with --json', async () => {
    const { rows, total, by } = JSON.parse((await ask('usage', '--by', 'cost-centre', '--json')).stdout);
    expect(by).toBe('cost_centre');
    expect(rows).toMatchObject([{ group: '', requests: 2, cost: { pico_dollars: '800000000', usd: '$0.0008' } }]);
    expect(total).toMatchObject({ requests: 2, assumed_requests: 0, cost: { usd: '$0.0008' } });
  });

  it('says that nothing was asked yet, and makes no database to say so', async () => {
    await using empty = await temporaryDirectory();
    const { exit, stdout } = await espalier(['usage'], { cwd: empty.path, environment: embedded });
    expect([stdout, exit]).toEqual(['No model was asked yet.\n', 0]);
  });
});

describe('GRD-5 espalier budget', () => {
  it('shows what is used of those of today; sessions far from their caps are counted', async () => {
    const { exit, stdout } = await ask('budget');
    expect(stdout).toMatch(/^Budget +Cap +Spent +Set aside +Used\n/);
    expect(stdout).toMatch(new RegExp(`\nuser ada on ${today} +\\$0\\.0016 +\\$0\\.0008 +50 % +██████\n1 other not shown: see --all\n$`));
    expect(exit).toBe(0);
    expect((await ask('budget', '--subject', 'talk')).stdout).toMatch(/\nsession talk +\$2\.00 +\$0\.0008 +0 % +▏\n$/);
    expect((await ask('budget', '--all', '--json')).stdout).toContain('"scope":"session","subject":"talk"');
  });

  it('says that nothing was counted yet', async () => {
    await using empty = await temporaryDirectory();
    const { stdout } = await espalier(['budget'], { cwd: empty.path, environment: embedded });
    expect(stdout).toBe('Nothing was counted against a budget yet.\n');
  });

  it.each([
    { words: ['budget', 'reopen', 'user_day', 'nobody'], message: /There is no budget user_day of nobody/ },
    { words: ['budget', 'reopen', 'anything', 'ada'], message: /Allowed\s+choices are node, session/ },
    { words: ['budget', 'close'], message: /Too many arguments/ },
  ])('refuses $words with exit 2', async ({ words, message }) => {
    const { exit, stderr } = await ask(...words);
    expect(stderr).toMatch(message);
    expect(exit).toBe(2);
  });
});

describe('S21 what goes wrong with money', () => {
  it('shows what is assumed apart, in its bar and in a sentence', async () => {
    await using own = await temporaryDirectory(asking(upstream.baseUrl));
    const within = (...words: string[]) => espalier(words, { cwd: own.path, environment: embedded });
    await within('run', 'asking', 'pears', '--user', 'ada');
    const { stdout } = await within('usage', '--by', 'deployment');
    expect(stdout).toMatch(/^Deployment .* Cost +Assumed\n/);
    expect(stdout).toMatch(/\nmain +2 +0 +0 +\$0\.002\d* +\$0\.002\d* +░+\n/);
    expect(stdout).toMatch(/\nspare +1 +200 +50 +\$0\.0008 +█+.?\n/);
    expect(stdout).toMatch(/\n\nAssumed: nobody knows what 2 requests used that broke off/);
  });

  it('marks a closed budget with the way out, which works', async () => {
    upstream.script('main-model', { pieces: ['Pears.'], usage: { input: 90_000, output: 50 } });
    await using own = await temporaryDirectory(asking(upstream.baseUrl));
    const within = (...words: string[]) => espalier(words, { cwd: own.path, environment: embedded });
    const over = await within('run', 'asking', 'pears', '--user', 'ada', '--session', 'talk');
    expect(over.stderr.replaceAll(/\s+/g, ' ')).toContain(`closed until somebody opens it: session talk, user ada on ${today}`);
    const { stdout } = await within('budget');
    expect(stdout).toMatch(/\nuser ada on .* closed /);
    expect(stdout).toContain('  espalier budget reopen user_day ada\n  espalier budget reopen session talk\n');
    expect((await within('run', 'asking', 'pears', '--user', 'ada')).exit).toBe(1);
    expect((await within('budget', 'reopen', 'user_day', 'ada')).stdout).toBe('1 budget open again.\n');
    expect((await within('budget', 'reopen', 'user_day', 'ada')).stdout).toBe('That budget is not closed.\n');
    expect((await within('run', 'asking', 'pears', '--user', 'ada')).exit).toBe(0);
  });

  it('warns of a budget that is nearly used up, while the run goes on and when one looks at it', async () => {
    upstream.script('main-model', { pieces: ['Pears.'], usage: { input: 200, output: 50 } });
    await using own = await temporaryDirectory({
      ...asking(upstream.baseUrl),
      'espalier.config.yaml': 'budgets: { session_usd: 0.00125 }\n',
    });
    const within = (...words: string[]) => espalier(words, { cwd: own.path, environment: embedded });
    const { exit, stderr } = await within('run', 'asking', 'pears', '--session', 'talk');
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/ ! \$0\.001\d* of the \$0\.00125 of session talk is spent or set aside \(8\d %\)/);
    expect(exit).toBe(0);
    expect((await within('inspect', 'last')).stdout).toMatch(/\nWarning {2}\$0\.001\d* of the \$0\.00125 of session talk/);
    await within('run', 'asking', 'pears', '--session', 'talk');
    expect((await within('budget', '--subject', 'talk')).stdout).toMatch(/ 64 % /);
  });
});

describe('runs that are kept in files', () => {
  it.each([['usage'], ['budget'], ['budget', '--all']])('have no books, which %s says in one line', async (...words) => {
    await using files = await temporaryDirectory();
    const { exit, stdout } = await espalier(words, { cwd: files.path });
    expect(stdout).toBe('Runs kept in files have no books: usage and budgets end with their process.\n');
    expect(exit).toBe(0);
    expect(JSON.parse((await espalier([...words, '--json'], { cwd: files.path })).stdout)).toMatchObject({ is_kept: false });
  });
});
