import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { isJsonObject, type Json } from '@espalier/core';
import { expect, it, onTestFinished } from 'vitest';
import { configurationSchema, type OpenWorkflow, type Platform, type PlatformOptions, type RunList } from '../index.ts';
import { describeDatabasePlatforms, describeSharedPlatforms, type PlatformUnderTest } from '../testing/describe-platforms.ts';
import { type Declared, type Fleet, startFleet, ticketIn } from './testing/failing-fleet.ts';
import { ledgerRows, ledgerRowsOf, payloadsOf, type RecordedTry, recordedTries } from './testing/recorded-tries.ts';
import { accountsOfFates, accountsOfTries, compareAccounts } from './testing/request-accounts.ts';

const seed = 21;
const ticketsPerRun = 5;

const declared: readonly Declared[] = [
  { id: 'main', provider: 'openai-compatible', price: { input: 3, output: 15, cache_read: 0.3 } },
  { id: 'spare', provider: 'openai-compatible', price: { input: 2, output: 8 } },
];

const workflow = `
id: spending
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true, handler: pass }
  - { id: deal, kind: deterministic, role: split, split: { over: tickets } }
  - { id: ask, kind: agent, agent_id: asker, role: linear }
  - { id: collect, kind: deterministic, role: merge, merge: { on_failure: partial } }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: deal }, { from: deal, to: ask }, { from: ask, to: collect }, { from: collect, to: end }]
`;

const agents = { agents: [{ id: 'asker', llm: 'main', fallback: ['spare'], prompt: 'Answer the ticket.', config: { max_tokens: 80 } }] };

function modelsOf({ deployments }: Fleet): object {
  const timeouts = { first_token: '500ms', between_tokens: '500ms', total: '10s' };
  return { deployments: deployments.map((deployment) => ({ ...deployment, model: 'm', max_retries: 1, timeouts })) };
}

/** Each call sets aside about a quarter of a cent: a session has room for a few at a time, the tenant for a dozen. */
const configuration = configurationSchema.parse({
  budgets: { session_usd: 0.01, user_day_usd: 0.06, tenant_day_usd: 0.1 },
  rate_limits: { user_per_minute: null, user_per_hour: null, session_per_hour: null, tenant_per_hour: null },
  // A session that is out of money is asked again: what is tested is the budget, and not who keeps from asking it.
  breaker: { failures: 1000, rest_seconds: 0.001 },
});

function inputOf(run: number): { tickets: string[] } {
  return { tickets: Array.from({ length: ticketsPerRun }, (_, index) => `ticket-${run * ticketsPerRun + index}`) };
}

/** Looks at the budgets again and again until `work` is done. @returns how often, and how full the fullest one was, in percent. */
async function observed(observer: Platform, work: Promise<unknown>): Promise<{ looks: number; fullest: number }> {
  const seen = { looks: 0, fullest: 0 };
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  for (; !isDone; await turn()) {
    for (const { scope, subject, spent, reserved, cap } of await observer.budgets()) {
      expect([scope, subject, spent + reserved <= cap, reserved >= 0n]).toEqual([scope, subject, true, true]);
      seen.fullest = Math.max(seen.fullest, Number(((spent + reserved) * 100n) / cap));
    }
    seen.looks += 1;
  }
  await done;
  return seen;
}

/** Runs one after the other; every fourth is cancelled while it asks. */
async function spend(platform: Platform, opened: OpenWorkflow, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const handle = await opened.run({
      ...{ input: inputOf(number), user: number % 2 === 0 ? 'ann' : 'bob', session: `session-${number >> 1}` },
      observe({ type }) {
        if (number % 4 === 3 && type === 'usage.recorded') platform.cancel(handle.run, 'enough').catch(() => {});
      },
    });
    // On a busy machine another process may take a run over: what counts is on record.
    await handle.ended.catch(() => undefined);
  }
}

/** The numbers from `first` on, dealt out to lanes that are run side by side. */
function inLanes(first: number, count: number, lanes: number): number[][] {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  return Array.from({ length: lanes }, (_, lane) => numbers.filter((_, index) => index % lanes === lane));
}

/** A process that begins a run, and is killed as soon as `isDue`. */
async function killedRun(
  options: PlatformOptions,
  directory: string,
  { input, isDue }: { input: object; isDue(): boolean },
): Promise<void> {
  const script = join(import.meta.dirname, '../testing/run-until-killed.fixture.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(options), directory, JSON.stringify(input)], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (!isDue() && child.exitCode === null) await turn();
  child.kill('SIGKILL');
  await ended;
}

/** What all runs have on record, and the ticket that each request is about. */
async function recordsOf(platform: Platform) {
  const { runs } = await platform.runs(1000);
  const reports = await Promise.all(runs.map(({ run }) => platform.inspect(run)));
  for (const { run } of reports) expect(await platform.verify(run)).toMatchObject({ ok: true, ended: true });
  const refusals = reports
    .flatMap(({ events }) => payloadsOf(events, 'effect.refused'))
    .filter(({ error }) => error.code === 'budget.exceeded');
  const tickets = new Map(reports.map(({ run, events }) => [run, payloadsOf(events, 'run.started').flatMap(ticketsIn)]));
  const ticketOf = ({ run, key }: RecordedTry) => tickets.get(run)?.[Number(/deal\.(\d+)/.exec(key)?.[1])] ?? key;
  return { tries: reports.flatMap(({ run, events }) => recordedTries(run, events)), refusals, ticketOf };
}

function ticketsIn({ input }: { input: Json }): string[] {
  return isJsonObject(input) && Array.isArray(input.tickets) ? input.tickets.map(String) : [];
}

/** What holds once every run has ended. */
async function expectSound(platform: Platform, fleet: Fleet): Promise<RecordedTry[]> {
  const { tries, refusals, ticketOf } = await recordsOf(platform);
  const { disagreements } = compareAccounts(
    accountsOfFates(fleet.fates(), ({ request }) => ticketIn(request)),
    accountsOfTries(tries, ticketOf),
  );
  expect(disagreements).toEqual([]);
  for (const by of ['run', 'deployment'] as const) expect(await ledgerRows(platform, by)).toEqual(ledgerRowsOf(tries, by));
  for (const { scope, subject, period, spent, reserved } of await platform.budgets()) {
    const own = tries.filter(({ scopes }) => scopes.includes(`${scope} ${subject} ${period}`));
    expect([scope, subject, spent, reserved]).toEqual([scope, subject, own.reduce((sum, { cost }) => sum + cost, 0n), 0n]);
  }
  expect(tries.filter(({ error }) => !error).length).toBeGreaterThan(10);
  expect(refusals.length).toBeGreaterThan(10);
  return tries;
}

async function prepared(at: PlatformUnderTest): Promise<{ fleet: Fleet; directory: string }> {
  const fleet = await startFleet(declared, seed);
  onTestFinished(() => fleet.close());
  const files = { 'agents.json': JSON.stringify(agents), 'models.json': JSON.stringify(modelsOf(fleet)) };
  return { fleet, directory: await at.workflow(workflow, files) };
}

await describeDatabasePlatforms('GRD-5 S21 the budgets of a database', (at) => {
  it('are kept to the pico-dollar while calls fail and runs are cancelled', async () => {
    const { fleet, directory } = await prepared(at);
    await at.platform.close();
    const platform = await at.open({ configuration });
    const opened = await platform.open(directory);
    const weather = fleet.weather(seed, { ms: 10, calls: 2 });
    const work = Promise.all(inLanes(0, 20, 4).map((numbers) => spend(platform, opened, numbers)));
    const seen = await observed(platform, work.finally(weather.end));
    expect(seen.looks).toBeGreaterThan(20);
    expect(seen.fullest).toBeGreaterThan(90);
    await expectSound(platform, fleet);
  });
});

await describeSharedPlatforms('GRD-5 S21 budgets that processes share', (at) => {
  it('hold though processes die in the middle of calls: another one settles what they had begun', { timeout: 60_000 }, async () => {
    const { fleet, directory } = await prepared(at);
    const options = { configuration, leaseMs: 2000 };
    const [left, right, observer] = [await at.open(options), await at.open(options), await at.open(options)];
    const [leftFlow, rightFlow] = [await left.open(directory), await right.open(directory)];
    const asked = (run: number) => fleet.fates().filter(({ request }) => inputOf(run).tickets.includes(ticketIn(request))).length;
    const doomed = [90, 91].map((run) =>
      killedRun({ ...at.options, ...options }, directory, { input: inputOf(run), isDue: () => asked(run) > 1 }),
    );
    await Promise.all(doomed);
    const weather = fleet.weather(seed, { ms: 10, calls: 2 });
    const worker = left.work({ pollMs: 100 });
    const work = Promise.all([
      ...inLanes(0, 20, 3).map((numbers) => spend(left, leftFlow, numbers)),
      ...inLanes(20, 20, 3).map((numbers) => spend(right, rightFlow, numbers)),
    ]);
    await observed(observer, work.finally(weather.end));
    await expect.poll(async () => (await left.runs(1000)).runs.filter(isUnderWay), { timeout: 20_000 }).toEqual([]);
    await worker.stop();
    const tries = await expectSound(observer, fleet);
    expect(tries.filter(({ error }) => error?.code === 'effect.outcome_unknown').length).toBeGreaterThan(0);
  });
});

function isUnderWay(run: RunList['runs'][number]): boolean {
  return !('status' in run) || !['completed', 'cancelled'].includes(run.status);
}
