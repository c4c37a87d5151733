import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrateDatabase, type OpenWorkflow, openPlatform, type Platform } from '@espalier/platform';
import { type Contender, type Effect, expectRows, type Kind, runInput, share, steps } from './contender.ts';
import type { Engine } from './scenarios.ts';

declare global {
  /** Read by `workflows/effects/step.mjs`. */
  var espalierBenchEffect: Effect | undefined;
}

/** How many of the newest runs are looked at from beginning to end. */
const inspected = 20;

/** The platform as everybody uses it: a workflow from its files, runs through `run`, nothing switched off. */
export function espalier(kind: Kind, engine: Engine): Contender {
  let root: string;
  let platform: Platform;
  let open: OpenWorkflow;
  let effect: Effect;
  return {
    name: 'Espalier',
    part: 'ours',
    durability: kind === 'pure' ? 'start and end of run' : 'every step',
    everyStep: kind === 'effects',
    async setup(url, given) {
      effect = given;
      root = await mkdtemp(join(tmpdir(), 'espalier-bench-'));
      const stateDirectory = url.startsWith('file:') ? fileURLToPath(url) : root;
      const databaseUrl = engine === 'postgres' ? url : undefined;
      if (databaseUrl !== undefined) await migrateDatabase({ stateDirectory, databaseUrl }, 'up');
      platform = await openPlatform({ stateDirectory, workspace: root, databaseUrl });
      open = await platform.open(join(import.meta.dirname, 'workflows', kind));
    },
    async run(clients, count) {
      globalThis.espalierBenchEffect = effect;
      await share(count, clients, async () => {
        const { outcome, output } = await (await open.run({ input: runInput })).ended;
        if (outcome !== 'success' || (output as typeof runInput).count !== steps) throw new Error(`a run ended with ${outcome}`);
      });
    },
    async verify(runs) {
      const list = await platform.runs(inspected);
      expectRows('runs', list.total, runs);
      for (const { run } of list.runs) {
        const { status, events } = await platform.inspect(run);
        const done = events.filter(({ type }) => type === (kind === 'pure' ? 'node.completed' : 'effect.completed'));
        if (status !== 'completed') throw new Error(`${run} is ${status}`);
        expectRows(`steps of ${run}`, done.length, kind === 'pure' ? steps + 2 : steps);
      }
    },
    async close() {
      await platform.close();
      await rm(root, { recursive: true });
    },
  };
}
