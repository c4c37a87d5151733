import { join } from 'node:path';
import { migrateDatabase, openPlatform } from '@espalier/platform';
import { openStore } from '@espalier/store';
// The cluster is there for the tests of the store, and private to it.
import { startPostgresCluster } from '../../packages/store/src/testing/postgres-cluster.ts';
import { collectBooks, collectJournals, collectLog, collectRows, readLines, readPerformances, tenant } from '../collect.ts';
import { newLedger } from '../ledger.ts';
import { openWorkflows } from '../outsider.ts';
import { pageLog } from '../page-log.ts';
import { seededRandom } from '../random.ts';
import { graceMs, leaseMs, type Remains, type Torment } from '../torture.ts';
import { endRuns, readToEnd } from './end-runs.ts';
import { killAndDisturb } from './kill-and-disturb.ts';
import type { Scene } from './scene.ts';

/** Several workers share a PostgreSQL, die, and lose their connections, while others ask things of their runs and read the log. */
export async function torturePostgres(torment: Torment): Promise<Remains> {
  const cluster = await startPostgresCluster({ fsync: 'on', full_page_writes: 'on', max_connections: '200' });
  try {
    const databaseUrl = await cluster.createDatabase('torture');
    const options = {
      databaseUrl,
      stateDirectory: join(torment.directory, 'state'),
      workspace: join(torment.directory, 'workspace'),
      leaseMs,
    };
    await migrateDatabase(options, 'up');
    const platform = await openPlatform(options);
    const store = await openStore({ location: { url: databaseUrl, connections: 4 } });
    const workflows = await openWorkflows(platform);
    const settings = { databaseUrl, stateDirectory: options.stateDirectory, leaseMs, witness: join(torment.directory, 'witness') };
    const scene: Scene = {
      ...torment,
      ...{ databaseUrl, platform, workflows, settings },
      ledger: newLedger(),
      door: store.system(),
      acknowledged: [],
    };
    const readings = await play(scene);
    const log = await collectLog(scene.door);
    const books = await collectBooks(scene.door);
    const rows = await collectRows(scene.door);
    const runs = await collectJournals(rows, store.tenant(tenant));
    await Promise.all([platform.close(), store.close()]);
    const performances = await readPerformances(settings.witness);
    return { ledger: scene.ledger, evidence: { acknowledged: scene.acknowledged, runs, performances, books, log, readings, graceMs } };
  } finally {
    await cluster.stop();
  }
}

/** @returns what readers of the log saw. */
async function play(scene: Scene) {
  const { door, seed, directory } = scene;
  let total: number | undefined;
  const paging = pageLog(door, { random: seededRandom(seed + 1), total: () => total });
  await killAndDisturb(scene);
  await endRuns(scene);
  total = (await collectLog(door)).length;
  const seen = join(directory, 'seen');
  await readToEnd(scene, { seen, total });
  return [await paging, { reader: 'follower', seen: await readLines(seen), pauses: [] }];
}
