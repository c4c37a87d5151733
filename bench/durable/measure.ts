import type { Contender } from './contender.ts';
import { type CountedEffect, countEffects } from './counted-effect.ts';
import type { Progress } from './postgres-server.ts';
import { proveDurability } from './prove-durability.ts';

/** How long to measure. A sample is a batch of runs of one contender; a round is one sample of each. */
export interface Pace {
  rounds: number;
  /** A sample takes about this long. */
  sampleMs: number;
  /** After this long no further round begins. */
  limitMs: number;
}

/** Contenders that do the same work on the same kind of database. */
export interface Match {
  clients: number;
  contenders: readonly Contender[];
  pace: Pace;
  /** Whether a run has effects that must have been performed. */
  hasEffects: boolean;
}

/** Where the databases come from. */
export interface Place {
  /** A new, empty database for one contender. @returns its URL. */
  makeDatabase(): Promise<string>;
  /** How far the server's log has come, if there is a server. */
  readProgress?(): Promise<Progress>;
}

/** What one batch of runs took. */
export interface Sample {
  /** Runs per second. */
  rate: number;
  /** Microseconds per run on all threads of this process: the client's side alone. */
  cpu: number;
  /** Writing transactions per run; undefined without a server. */
  transactions: number | undefined;
  /** Bytes of write-ahead log per run; undefined without a server. */
  logged: number | undefined;
}

export interface Measured {
  contender: Contender;
  samples: Sample[];
}

/** A contender in a match, with what it has done so far. */
interface Entrant extends Measured {
  effects: CountedEffect;
  runs: number;
  runsPerSample: number;
}

const mostRunsPerSample = 20_000;
const fewestRounds = 3;

/**
 * Measures the contenders in turn, A B C A B C …, so that what disturbs the machine disturbs them alike; then looks into their databases
 * whether the work was done. @throws Error if a contender did less than it says.
 */
export async function measure(match: Match, place: Place): Promise<Measured[]> {
  const entrants: Entrant[] = [];
  try {
    for (const contender of match.contenders) entrants.push(await enter(contender, place));
    for (const entrant of entrants) await prepare(entrant, match, place);
    await playRounds(entrants, match, place);
    for (const entrant of entrants) await verify(entrant, match);
    return entrants;
  } finally {
    for (const { contender } of entrants) await contender.close();
  }
}

async function enter(contender: Contender, place: Place): Promise<Entrant> {
  const effects = countEffects();
  try {
    await contender.setup(await place.makeDatabase(), effects.perform);
  } catch (error) {
    // A connection left open would end the process when the server stops, and hide this error.
    await contender.close().catch(() => undefined);
    throw error;
  }
  return { contender, effects, samples: [], runs: 0, runsPerSample: 1 };
}

async function prepare(entrant: Entrant, match: Match, place: Place): Promise<void> {
  await warmUp(entrant, match);
  const { readProgress } = place;
  if (!match.hasEffects || !readProgress) return;
  const flushed = async () => (await readProgress()).flushed;
  await proveDurability(entrant.contender, { effects: entrant.effects, flushed, run: () => perform(entrant, match.clients, 1) });
}

/** Runs until the code is compiled and the connections are open; finds the number of runs that fill a sample. */
async function warmUp(entrant: Entrant, { clients, pace }: Match): Promise<void> {
  const fewest = 4 * clients;
  let runs = fewest;
  for (let spentMs = 0; spentMs < 3 * pace.sampleMs; ) {
    const start = performance.now();
    await perform(entrant, clients, runs);
    const tookMs = performance.now() - start;
    spentMs += tookMs;
    runs = Math.min(mostRunsPerSample, Math.max(fewest, Math.round((runs * pace.sampleMs) / tookMs)));
  }
  entrant.runsPerSample = runs;
}

async function playRounds(entrants: readonly Entrant[], match: Match, place: Place): Promise<void> {
  const start = performance.now();
  const { rounds, limitMs } = match.pace;
  for (let round = 0; round < rounds; round += 1) {
    if (round >= fewestRounds && performance.now() - start > limitMs) return;
    for (const entrant of entrants) entrant.samples.push(await sample(entrant, match, place));
  }
}

async function sample(entrant: Entrant, match: Match, place: Place): Promise<Sample> {
  const runs = entrant.runsPerSample;
  const before = await place.readProgress?.();
  const start = performance.now();
  const cpuAtStart = process.cpuUsage();
  await perform(entrant, match.clients, runs);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuAtStart);
  const after = await place.readProgress?.();
  const perRun = (what: keyof Progress) => (before && after ? (after[what] - before[what]) / runs : undefined);
  return { rate: runs / seconds, cpu: (user + system) / runs, transactions: perRun('transactions'), logged: perRun('logged') };
}

async function perform(entrant: Entrant, clients: number, runs: number): Promise<void> {
  await entrant.contender.run(clients, runs);
  entrant.runs += runs;
}

async function verify({ contender, effects, runs }: Entrant, { hasEffects }: Match): Promise<void> {
  await contender.verify(runs);
  if (hasEffects) effects.expectFrom(contender.name, runs);
}
