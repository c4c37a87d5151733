import { join } from 'node:path';
import { openStore } from '@espalier/store';
import { collectBooks, collectJournals, collectLog, collectRows, readLines, readPerformances, tenant } from './collect.ts';
import { bookDeath, type Ledger, newLedger, note } from './ledger.ts';
import { endAfter, startProcess } from './life.ts';
import { pageLog } from './page-log.ts';
import { lifeOf } from './plan.ts';
import type { EmbeddedSettings } from './processes/settings.ts';
import { seededRandom } from './random.ts';
import { endingMs, graceMs, leaseMs, type Remains, type Torment, untilEnough } from './torture.ts';

/** Nobody else is there to take runs over from a process that is stalled. */
const tempers = { statements: 400, longestMs: 3000, stallMs: undefined };

/** One process after another opens an embedded database, drives runs in it, and dies. */
export async function tortureEmbedded(torment: Torment): Promise<Remains> {
  const { seed, runs, directory } = torment;
  const ledger = newLedger();
  const stateDirectory = join(directory, 'state');
  const [witness, seen, acknowledged] = [join(directory, 'witness'), join(directory, 'seen'), join(directory, 'acknowledged')];
  const settings: EmbeddedSettings = { stateDirectory, witness, seen, acknowledged, leaseMs, runs, seed, mayDieReading: false };
  await killEach(torment, ledger, settings);
  await endRuns(ledger, settings); // and the reader has taken all but the last events,
  await endRuns(ledger, settings); // now these too
  const { paged, ...database } = await readDatabase(settings);
  const readings = [paged, { reader: 'follower', seen: await readLines(seen), pauses: [] }];
  const performances = await readPerformances(witness);
  return { ledger, evidence: { acknowledged: await readLines(acknowledged), ...database, performances, readings, graceMs } };
}

async function killEach(torment: Torment, ledger: Ledger, settings: EmbeddedSettings): Promise<void> {
  const { seed, onProgress } = torment;
  const isOver = untilEnough(torment, ledger);
  for (let index = 0; !isOver(); index += 1) {
    const life = lifeOf(seed, index, tempers);
    const mayDieReading = life.end.signal === 'SIGKILL';
    const living = startProcess('embedded-worker.ts', { ...settings, mayDieReading, fault: life.fault, seed: seed + index });
    bookDeath(ledger, life, await endAfter(living, life.end.signal, life.end.afterMs));
    onProgress(ledger);
  }
}

/** A process that nobody disturbs. */
async function endRuns(ledger: Ledger, settings: EmbeddedSettings): Promise<void> {
  const living = startProcess('embedded-worker.ts', { ...settings, runs: 0 });
  const { code, signal, said } = await endAfter(living, 'SIGKILL', endingMs);
  if (code !== 0) note(ledger, 'worker.ended', `an undisturbed process ended with ${signal ?? code}: ${said}`);
}

async function readDatabase({ stateDirectory, seed }: EmbeddedSettings) {
  const store = await openStore({ location: { directory: join(stateDirectory, 'database') } });
  const door = store.system();
  const log = await collectLog(door);
  const books = await collectBooks(door);
  const runs = await collectJournals(await collectRows(door), store.tenant(tenant));
  const paged = await pageLog(door, { random: seededRandom(seed), total: () => log.length });
  await store.close();
  return { log, runs, books, paged };
}
