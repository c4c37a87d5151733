/*
 * Begins and drives runs on an embedded database until it is killed; or, with `runs` 0, until all have ended. Before that it opens the same
 * data as a reader of the log, and takes what is new.
 */

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { openPlatform, type Platform } from '@espalier/platform';
import { openStore } from '@espalier/store';
import { newLedger } from '../ledger.ts';
import { beginRun, disturb, openWorkflows, resumeAll, type Workflows } from '../outsider.ts';
import { between, isAny, oneOf, seededRandom } from '../random.ts';
import { injectFault } from './inject-fault.ts';
import { readInto } from './read-into.ts';
import { type EmbeddedSettings, readSettings, sayReady } from './settings.ts';
import { witnessHandlers } from './witness.ts';

const settings = readSettings<EmbeddedSettings>();
const { stateDirectory, leaseMs } = settings;
const random = seededRandom(settings.seed);
const ledger = newLedger();

/** Lets the reader of the log take what came in since the last process. */
async function readLog(diesAfter: number | undefined): Promise<void> {
  const store = await openStore({ location: { directory: join(stateDirectory, 'database') }, leaseMs });
  const door = store.system();
  const options = { batch: 50, leaseMs: 300, pollMs: 20, retryMs: 10 };
  const following = door.follow('torture', readInto(settings.seen, diesAfter), options);
  const isBehind = async () => (await door.status()).readers.every(({ name, behind }) => name !== 'torture' || behind > 0);
  while (await isBehind()) await sleep(20);
  await following.stop();
  await store.close();
}

async function runsUnderWay(platform: Platform) {
  const { runs } = await platform.runs(10_000);
  return runs.flatMap((run) => ('status' in run && run.status !== 'completed' && run.status !== 'cancelled' ? [run] : []));
}

/** Begins what is missing, and asks one of the others for something. */
async function stir(platform: Platform, workflows: Workflows): Promise<void> {
  const underWay = await runsUnderWay(platform);
  for (let count = underWay.length; count < settings.runs; count += 1) {
    const run = await beginRun(workflows, ledger, random);
    if (run !== undefined) appendFileSync(settings.acknowledged, `${run}\n`);
  }
  if (isAny(underWay)) await disturb(platform, ledger, { run: oneOf(random, underWay).run, random });
  for (const { rule, message } of ledger.violations.splice(0)) process.stderr.write(`${rule} ${message}\n`);
  await sleep(150);
}

async function endAll(platform: Platform): Promise<void> {
  for (let underWay = await runsUnderWay(platform); underWay.length > 0; underWay = await runsUnderWay(platform)) {
    const paused = underWay.filter(({ status }) => status === 'paused');
    await resumeAll(
      platform,
      ledger,
      paused.map(({ run }) => run),
    );
    await sleep(100);
  }
}

let isAskedToEnd = false;
process.once('SIGTERM', () => {
  isAskedToEnd = true;
});
const { fault } = settings;
witnessHandlers(settings);
if (fault && 'ms' in fault) injectFault(PGlite.prototype, ['query', 'exec'], fault);
const isReadyAtOnce = random() < 0.2; // and may be killed while it opens the database
if (isReadyAtOnce) sayReady();
if (settings.runs === 0) await readLog(undefined);
else if (random() < 0.3) await readLog(settings.mayDieReading ? between(random, 1, 400) : undefined);
const platform = await openPlatform({ stateDirectory, workspace: stateDirectory, leaseMs });
const workflows = await openWorkflows(platform);
platform.work({ capacity: 12, pollMs: 100, parkAfterMs: 150, drainMs: 300 });
if (!isReadyAtOnce) sayReady();
if (settings.runs === 0) await endAll(platform);
else while (!isAskedToEnd) await stir(platform, workflows);
await platform.close();
