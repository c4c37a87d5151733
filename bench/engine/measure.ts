import type { Contender } from './contender.ts';

/** How long to measure. A sample is a batch of runs of one contender; a round is one sample of each. */
export interface Pace {
  rounds: number;
  /** A sample takes about this long, or one run if that takes longer. */
  sampleMs: number;
}

/** Microseconds per run. */
export interface Sample {
  /** By the clock: what a user waits, with the turns of whatever else runs on the machine. */
  elapsed: number;
  /** On all threads of this process, garbage collection included: steadier on a shared machine. */
  cpu: number;
}

/** One sample of each contender per round. */
export interface Measured {
  contender: Contender;
  samples: Sample[];
}

/**
 * Measures the contenders in turn, A B C A B C …, so that what disturbs the machine disturbs them alike. Garbage is left to V8: a full
 * collection forced between samples discards compiled code as well and makes every engine three to four times as slow.
 */
export async function measure(contenders: readonly Contender[], pace: Pace): Promise<Measured[]> {
  const measured: (Measured & { runs: number })[] = [];
  for (const contender of contenders) measured.push({ contender, samples: [], runs: await warmUp(contender, pace.sampleMs) });
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const { contender, samples, runs } of measured) samples.push(await sample(contender, runs));
  }
  return measured;
}

/** Runs until the code is compiled; gives the number of runs that fill a sample. */
async function warmUp(contender: Contender, sampleMs: number): Promise<number> {
  let runs = 1;
  for (let spentMs = 0; spentMs < 5 * sampleMs; ) {
    const { elapsed } = await sample(contender, runs);
    const tookMs = (elapsed * runs) / 1000;
    spentMs += tookMs;
    runs = Math.max(1, Math.round((runs * sampleMs) / tookMs));
  }
  return runs;
}

async function sample(contender: Contender, runs: number): Promise<Sample> {
  const session = await contender.open();
  const start = performance.now();
  const cpuAtStart = process.cpuUsage();
  for (let run = 0; run < runs; run += 1) await session.run();
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuAtStart);
  await session.close();
  return { elapsed: (elapsedMs * 1000) / runs, cpu: (user + system) / runs };
}
