/* Drives runs on PostgreSQL until it is killed, or asked to end with SIGTERM. */
import { EspalierError, faultOf } from '@espalier/core';
import { openPlatform, type Platform } from '@espalier/platform';
import pg from 'pg';
import { injectFault } from './inject-fault.ts';
import { exitUnavailable, readSettings, sayReady, type WorkerSettings } from './settings.ts';
import { witnessHandlers } from './witness.ts';

const settings = readSettings<WorkerSettings>();
const { databaseUrl, stateDirectory, leaseMs, fault } = settings;
witnessHandlers(settings);
if (fault && 'ms' in fault) injectFault(pg.Client.prototype, ['query'], fault);

/** A connection that is cut while it is opened is met with another try, by whoever starts this process. */
async function open(): Promise<Platform> {
  try {
    return await openPlatform({ databaseUrl, stateDirectory, workspace: stateDirectory, leaseMs });
  } catch (thrown) {
    if (!(thrown instanceof EspalierError && thrown.code === 'database.unavailable')) throw thrown;
    process.exit(exitUnavailable);
  }
}

const platform = await open();
const worker = platform.work({
  capacity: 12,
  pollMs: 100,
  parkAfterMs: 150,
  drainMs: 300,
  onProblem: (thrown, ref) => void process.stderr.write(`${ref?.run} ${faultOf(thrown).code} ${faultOf(thrown).message}\n`),
});
process.once('SIGTERM', async () => {
  await worker.stop();
  await platform.close();
});
sayReady();
