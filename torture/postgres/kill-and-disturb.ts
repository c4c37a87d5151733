import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { bookDeath } from '../ledger.ts';
import { endAfter, startProcess } from '../life.ts';
import { beginRun, disturb } from '../outsider.ts';
import { lifeOf } from '../plan.ts';
import { between, isAny, oneOf, seededRandom } from '../random.ts';
import { stallMs, untilEnough } from '../torture.ts';
import { runsUnderWay, type Scene } from './scene.ts';

const workers = 3;
const tempers = { statements: 300, longestMs: 4000, stallMs };

/** Until enough processes were killed: workers come and go, readers too, connections break, and people ask things of runs. */
export async function killAndDisturb(scene: Scene): Promise<void> {
  let next = 0;
  const isOver = untilEnough(scene, scene.ledger);
  const nextIndex = () => {
    next += 1;
    return next - 1;
  };
  const slots = Array.from({ length: workers }, () => keepWorker(scene, isOver, nextIndex));
  await Promise.all([...slots, keepReader(scene, isOver), cutConnections(scene, isOver), stir(scene, isOver)]);
}

async function keepWorker(scene: Scene, isOver: () => boolean, nextIndex: () => number): Promise<void> {
  while (!isOver()) {
    const life = lifeOf(scene.seed, nextIndex(), tempers);
    const living = startProcess('worker.ts', { ...scene.settings, fault: life.fault });
    bookDeath(scene.ledger, life, await endAfter(living, life.end.signal, life.end.afterMs));
    scene.onProgress(scene.ledger);
  }
}

async function keepReader({ databaseUrl, directory, seed, ledger }: Scene, isOver: () => boolean): Promise<void> {
  const random = seededRandom(seed + 2);
  while (!isOver()) {
    const diesAfter = between(random, 1, 600);
    await endAfter(
      startProcess('reader.ts', { databaseUrl, seen: join(directory, 'seen'), diesAfter }),
      'SIGKILL',
      between(random, 500, 8000),
    );
    ledger.readerKills += 1;
  }
}

/** Ends connections of anybody, in mid-statement or not. */
async function cutConnections({ databaseUrl, seed, ledger }: Scene, isOver: () => boolean): Promise<void> {
  const random = seededRandom(seed + 3);
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'torture' });
  client.on('error', () => {}); // the server is stopped early when something else went wrong
  await client.connect();
  while (!isOver()) {
    await sleep(between(random, 300, 2500));
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'espalier' order by pid`,
    );
    if (!isAny(rows)) continue;
    await client.query('select pg_terminate_backend($1)', [oneOf(random, rows).pid]);
    ledger.cuts += 1;
  }
  await client.end();
}

/** Keeps runs in flight and asks things of them. */
async function stir(scene: Scene, isOver: () => boolean): Promise<void> {
  const { platform, workflows, ledger, acknowledged, runs, seed } = scene;
  const random = seededRandom(seed + 4);
  while (!isOver()) {
    const underWay = await runsUnderWay(scene);
    for (let count = underWay.length; count < runs && !isOver(); count += 1) {
      const run = await beginRun(workflows, ledger, random);
      if (run !== undefined) acknowledged.push(run);
    }
    if (isAny(underWay)) await disturb(platform, ledger, { run: oneOf(random, underWay).run, random });
    await sleep(100);
  }
}
