import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Frame } from '@espalier/core';
import { configurationSchema, migrateDatabase, type OpenWorkflow, openPlatform, type Platform } from '@espalier/platform';
import { expectRows, share } from '../durable/contender.ts';
import { type Call, CallTimer } from './call-timer.ts';
import type { Contender, Kept, Setting } from './contender.ts';
import { turns } from './manners.ts';
import { writeWorkflow } from './workflow-files.ts';

const names: Readonly<Record<Kept, string>> = {
  memory: 'Espalier, in memory',
  pglite: 'Espalier, PGlite',
  postgres: 'Espalier, PostgreSQL',
};

/** Every step of the gate has something to do, and nothing to refuse: each call is counted, and set aside for in five budgets. */
const configuration = configurationSchema.parse({
  budgets: { session_usd: 1000, user_day_usd: 100_000, tenant_day_usd: 500_000, agent_month_usd: 500_000 },
  rate_limits: { user_per_minute: 1e9, user_per_hour: 1e9, session_per_hour: 1e9, tenant_per_hour: 1e9 },
  call_rates: { model_calls_per_minute: 1e9 },
});

const input = { letter: 'The kettle that I bought in March does not switch off any more. I would like another one, or my money back.' };

/** The platform as everybody uses it: a workflow from its files, runs through `run`, nothing switched off. */
export function espalier(kept: Kept): Contender {
  let root: string;
  let platform: Platform;
  let open: OpenWorkflow;
  return {
    name: names[kept],
    part: 'ours',
    kept,
    async setup({ upstream, manner, makeDatabase }: Setting) {
      root = await mkdtemp(join(tmpdir(), 'espalier-bench-'));
      platform = await openOn(kept, root, makeDatabase);
      const directory = join(root, 'workflow');
      await writeWorkflow(directory, upstream.baseUrl, manner);
      open = await platform.open(directory);
    },
    async converse(clients, conversations) {
      const calls: Call[] = [];
      await share(conversations, clients, async (client) => void calls.push(...(await converse(open, `user-${client}`))));
      return calls;
    },
    async verify(conversations) {
      const [usage] = await platform.usage({ by: 'agent' });
      expectRows('requests in the books', usage?.requests, conversations * turns);
      const reserved = (await platform.budgets({})).filter((budget) => budget.reserved !== 0n);
      expectRows('budgets with something set aside', reserved.length, 0);
      const [last] = (await platform.runs(1)).runs;
      const { events } = await platform.inspect(last?.run ?? '');
      expectRows('calls of the last run', events.filter(({ type }) => type === 'usage.recorded').length, turns);
    },
    async close() {
      await platform.close();
      await rm(root, { recursive: true });
    },
  };
}

async function openOn(kept: Kept, root: string, makeDatabase: Setting['makeDatabase']): Promise<Platform> {
  const environment = { home: root, variable: () => undefined };
  const options = { workspace: root, stateDirectory: root, configuration, environment };
  if (kept === 'memory') return openPlatform({ ...options, journal: 'memory' });
  const url = await makeDatabase();
  if (kept === 'pglite') return openPlatform({ ...options, stateDirectory: fileURLToPath(url) });
  await migrateDatabase({ stateDirectory: root, databaseUrl: url }, 'up');
  return openPlatform({ ...options, databaseUrl: url });
}

/** One run, whose agent asks four times. The last frame of a call is shown in the moment in which its result goes to the agent. */
async function converse(open: OpenWorkflow, user: string): Promise<Call[]> {
  const timer = new CallTimer();
  const watch = (frame: Frame) => {
    if (frame.kind === 'delta') timer.text(frame.text);
    else if (frame.kind === 'done') timer.done();
  };
  const { outcome, reason } = await (await open.run({ input, user, watch })).ended;
  if (outcome !== 'success') throw new Error(`A run ended with ${outcome}: ${reason}`);
  return timer.calls();
}
