import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLines } from '../collect.ts';
import { note } from '../ledger.ts';
import { endAfter, startProcess } from '../life.ts';
import { resumeAll } from '../outsider.ts';
import { endingMs } from '../torture.ts';
import { runsUnderWay, type Scene } from './scene.ts';

const workers = 2;

/** Lets all runs come to their ends, with workers that nobody disturbs. Those that do not are found by the checks. */
export async function endRuns(scene: Scene): Promise<void> {
  const living = Array.from({ length: workers }, () => startProcess('worker.ts', scene.settings));
  const giveUpAt = performance.now() + endingMs;
  for (let underWay = await runsUnderWay(scene); underWay.length > 0 && performance.now() < giveUpAt; ) {
    const paused = underWay.filter(({ status }) => status === 'paused').map(({ run }) => run);
    await resumeAll(scene.platform, scene.ledger, paused);
    await sleep(200);
    underWay = await runsUnderWay(scene);
  }
  for (const { code, said } of await Promise.all(living.map((process) => endAfter(process, 'SIGTERM', 0)))) {
    if (code !== 0) note(scene.ledger, 'worker.ended', `an undisturbed worker ended with ${code}: ${said}`);
  }
}

/** A last reader, which nobody kills: it has as long as it needs, and is given up when nothing has come in for a while. */
export async function readToEnd({ databaseUrl }: Scene, { seen, total }: { seen: string; total: number }): Promise<void> {
  const reader = startProcess('reader.ts', { databaseUrl, seen });
  let size = -1;
  for (let quietSince = performance.now(); performance.now() - quietSince < endingMs; await sleep(200)) {
    const now = await sizeOf(seen);
    if (now !== size) quietSince = performance.now();
    else if (new Set(await readLines(seen)).size >= total) break;
    size = now;
  }
  await endAfter(reader, 'SIGKILL', 0);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}
