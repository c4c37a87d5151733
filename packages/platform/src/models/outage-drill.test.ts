import { setTimeout as wait } from 'node:timers/promises';
import { seeded } from '@espalier/core/testing';
import { expect, it, onTestFinished } from 'vitest';
import { configurationSchema, type OpenWorkflow, type Platform } from '../index.ts';
import { describeSharedPlatforms } from '../testing/describe-platforms.ts';
import { ailments, type Declared, type Fate, type Fleet, startFleet, ticketIn } from './testing/failing-fleet.ts';
import { ledgerRows, ledgerRowsOf, payloadsOf, recordedTries } from './testing/recorded-tries.ts';
import { accountsOfFates, accountsOfTries, compareAccounts } from './testing/request-accounts.ts';

const seed = 20_261_130;
const lanes = 16;
const runsPerLane = 10;

/** Agents and whom they ask, one after the other: in chains, side by side, and by themselves. */
const parts = [
  ['part-a', 'any', 'last'],
  ['part-b', 'any', 'last'],
  ['part-c', 'turned', 'any'],
  ['part-d', 'left', 'turned', 'first'],
] as const;

const declared: readonly Declared[] = [
  { id: 'first', provider: 'anthropic', price: { input: 3, output: 15, cache_read: 0.3 } },
  { id: 'left', provider: 'openai', price: { input: 2.5, output: 10, cache_read: 1.25 } },
  { id: 'right', provider: 'openai-compatible', price: { input: 0.59, output: 0.79 } },
  { id: 'last', provider: 'anthropic', price: { input: 0.8, output: 4, cache_read: 0.08 } },
];

/** Three calls side by side and then one more. */
const workflow = `
id: drill
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: fan, kind: deterministic, role: branch }
  - { id: part-a, kind: agent, agent_id: part-a, role: linear }
  - { id: part-b, kind: agent, agent_id: part-b, role: linear }
  - { id: part-c, kind: agent, agent_id: part-c, role: linear }
  - { id: join, kind: deterministic, role: merge }
  - { id: part-d, kind: agent, agent_id: part-d, role: linear }
  - { id: end, kind: deterministic, role: exit }
edges:
  - { from: begin, to: fan }
  - { from: fan, to: part-a }
  - { from: fan, to: part-b }
  - { from: fan, to: part-c }
  - { from: part-a, to: join }
  - { from: part-b, to: join }
  - { from: part-c, to: join }
  - { from: join, to: part-d }
  - { from: part-d, to: end }
`;

function filesFor({ deployments }: Fleet): Record<string, string> {
  const agents = parts.map(([id, llm, ...fallback]) => ({ id, llm, fallback, prompt: `Write ${id}.`, config: { max_tokens: 100 } }));
  const timeouts = { first_token: '1s', between_tokens: '800ms', total: '10s' };
  const models = {
    deployments: deployments.map((deployment) => ({ ...deployment, model: 'm', max_retries: 1, timeouts })),
    chains: [
      { id: 'any', steps: ['first', ['left', 'right']] },
      { id: 'turned', steps: ['right', 'last'] },
    ],
  };
  return { 'agents.json': JSON.stringify({ agents }), 'models.json': JSON.stringify(models) };
}

interface Ended {
  run: string;
  ticket: string;
  outcome: string | undefined;
  reason: string | undefined;
}

async function runFor(ticket: string, drill: OpenWorkflow): Promise<Ended> {
  const { run, ended } = await drill.run({ input: { ticket } });
  const { outcome, reason } = await ended;
  return { run, ticket, outcome, reason };
}

/** Runs for many tickets, at the most one for each lane at a time. */
async function runAll(drill: OpenWorkflow): Promise<Ended[]> {
  const choices = seeded(seed);
  const tickets = Array.from({ length: lanes * runsPerLane }, (_, index) => `ticket-${index + 1}`);
  const drive = async (runs: Ended[] = []): Promise<Ended[]> => {
    await wait(choices.below(400));
    const ticket = tickets.pop();
    return ticket === undefined ? runs : drive([...runs, await runFor(ticket, drill)]);
  };
  return (await Promise.all(Array.from({ length: lanes }, () => drive()))).flat();
}

/** Which call of which run a request of a deployment is about. */
function callOf({ request }: Fate): string {
  return `${/part-[a-d]/.exec(JSON.stringify(request.body))?.[0]} of ${ticketIn(request)}`;
}

await describeSharedPlatforms('COG-1 the outage drill', (at) => {
  async function open(): Promise<{ fleet: Fleet; platform: Platform; drill: OpenWorkflow }> {
    const fleet = await startFleet(declared, seed);
    onTestFinished(() => fleet.close());
    await at.platform.close();
    const environment = { home: at.root, variable: () => 'sk-drill-0123456789' };
    const configuration = configurationSchema.parse({ budgets: { session_usd: null } });
    const platform = await at.open({ environment, configuration });
    return { fleet, platform, drill: await platform.open(await at.workflow(workflow, filesFor(fleet))) };
  }

  it('every call succeeds while one deployment lives, and S9 S21 the ledger has every request with what it has cost', async () => {
    const { fleet, platform, drill } = await open();
    const first = await runFor('ticket-0', drill); // loads what first calls have to load, which takes longer than these deployments may
    const weather = fleet.weather(seed);
    const runs = [first, ...(await runAll(drill))];
    await weather.end();
    expect(new Set(weather.falls)).toEqual(new Set(ailments));
    expect(runs.filter(({ outcome }) => outcome !== 'success')).toEqual([]);

    const reports = await Promise.all(runs.map(({ run }) => platform.inspect(run)));
    const ends = reports.flatMap(({ events }) => payloadsOf(events, 'effect.completed'));
    expect(ends.filter(({ outcome }) => outcome === 'success').length).toBeGreaterThanOrEqual(runs.length * parts.length * 0.999);
    const tries = reports.flatMap(({ run, events }) => recordedTries(run, events));
    expect(tries.length).toBeGreaterThan(ends.length * 1.1); // otherwise nothing was drilled

    const fates = fleet.fates();
    const tickets = new Map(runs.map(({ run, ticket }) => [run, ticket]));
    const recorded = accountsOfTries(tries, ({ run, node }) => `${node} of ${tickets.get(run)}`);
    const { disagreements, unheard } = compareAccounts(accountsOfFates(fates, callOf), recorded);
    expect(disagreements).toEqual([]);
    expect(unheard).toBeLessThanOrEqual(tries.length * 0.03); // this process is busy, too
    for (const by of ['run', 'deployment'] as const) expect(await ledgerRows(platform, by)).toEqual(ledgerRowsOf(tries, by));
    for (const { run } of runs.slice(0, lanes)) expect(await platform.verify(run)).toMatchObject({ ok: true, ended: true });
  });
});
