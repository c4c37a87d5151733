import { cpus } from 'node:os';
import type { Place } from '../durable/measure.ts';
import type { Call } from './call-timer.ts';
import type { Contender, Setting } from './contender.ts';
import { espalier } from './espalier.ts';
import { turns } from './manners.ts';
import type { Scenario } from './scenarios.ts';
import type { Upstream, UpstreamProgress } from './upstream.ts';

/** Where the contenders find what they need. */
export interface Surroundings {
  upstream: Upstream;
  /** Databases for what keeps its runs in one. */
  places: Readonly<Record<'pglite' | 'postgres', Place>>;
}

/** What came of one batch of conversations. */
export interface Sample {
  /** Those that are timed: three of four. */
  calls: readonly Call[];
  /** Of all calls. */
  callsPerSecond: number;
  cpu: CpuPerCall;
}

/** Microseconds of processor time per call. */
export interface CpuPerCall {
  /** On all threads of this process. */
  own: number;
  upstream: number;
  /** In all other processes of the machine: PostgreSQL, and whatever disturbs. */
  elsewhere: number;
}

export interface Measured {
  contender: Contender;
  samples: Sample[];
}

/** A contender in a scenario, with what it has done so far. */
interface Entrant extends Measured {
  conversations: number;
  conversationsPerSample: number;
}

const fewestRounds = 3;

/**
 * Measures the contenders in turn, A B C A B C …, so that what disturbs the machine disturbs them alike; then looks whether everything is on
 * record. @throws Error if the upstream was asked more or less often than it should have been.
 */
export async function measure(scenario: Scenario, surroundings: Surroundings): Promise<Measured[]> {
  const bodies = await recordBodies(scenario, surroundings);
  const entrants: Entrant[] = [];
  try {
    for (const contender of scenario.contenders) entrants.push(await enter(contender, scenario, { ...surroundings, bodies }));
    for (const entrant of entrants) await warmUp(entrant, scenario);
    await playRounds(entrants, scenario, surroundings);
    for (const { contender, conversations } of entrants) await contender.verify(conversations);
    return entrants;
  } finally {
    for (const { contender } of entrants) await contender.close();
  }
}

/** What Espalier sends in each turn of a conversation. */
async function recordBodies({ manner }: Scenario, { upstream }: Surroundings): Promise<string[]> {
  const contender = espalier('memory');
  await contender.setup({ upstream, manner, bodies: [], makeDatabase: () => Promise.reject(new Error('It is kept in memory')) });
  await contender.converse(1, 1);
  const bodies = await upstream.bodies();
  await contender.close();
  return bodies;
}

async function enter(
  contender: Contender,
  { manner }: Scenario,
  { upstream, places, bodies }: Surroundings & Pick<Setting, 'bodies'>,
): Promise<Entrant> {
  const place = contender.kept === 'postgres' ? places.postgres : places.pglite;
  try {
    await contender.setup({ upstream, manner, bodies, makeDatabase: () => place.makeDatabase() });
  } catch (error) {
    // A connection left open would end the process when the server stops, and hide this error.
    await contender.close().catch(() => undefined);
    throw error;
  }
  return { contender, samples: [], conversations: 0, conversationsPerSample: 1 };
}

/** Converses until the code is compiled and the connections are open; finds the number of conversations that fill a sample. */
async function warmUp(entrant: Entrant, { clients, pace }: Scenario): Promise<void> {
  let conversations = clients;
  for (let spentMs = 0; spentMs < pace.warmUpMs; ) {
    const start = performance.now();
    await converse(entrant, clients, conversations);
    const tookMs = performance.now() - start;
    spentMs += tookMs;
    conversations = Math.max(clients, Math.round((conversations * pace.sampleMs) / tookMs));
  }
  entrant.conversationsPerSample = Math.max(clients * pace.fewest, conversations);
}

async function playRounds(entrants: readonly Entrant[], { clients, pace }: Scenario, { upstream }: Surroundings): Promise<void> {
  const start = performance.now();
  for (let round = 0; round < pace.rounds; round += 1) {
    if (round >= fewestRounds && performance.now() - start > pace.limitMs) return;
    for (const entrant of entrants) entrant.samples.push(await sample(entrant, clients, upstream));
  }
}

async function sample(entrant: Entrant, clients: number, upstream: Upstream): Promise<Sample> {
  const before = await readCounters(upstream);
  const start = performance.now();
  const calls = await converse(entrant, clients, entrant.conversationsPerSample);
  const seconds = (performance.now() - start) / 1000;
  const after = await readCounters(upstream);
  const made = entrant.conversationsPerSample * turns;
  const asked = after.requests - before.requests;
  if (asked !== made) throw new Error(`${entrant.contender.name} sent ${asked} requests for ${made} calls`);
  const [own, ofUpstream] = [after.own - before.own, after.cpu - before.cpu];
  const elsewhere = Math.max(0, after.machine - before.machine - own - ofUpstream);
  return { calls, callsPerSecond: made / seconds, cpu: { own: own / made, upstream: ofUpstream / made, elsewhere: elsewhere / made } };
}

/** Requests, and microseconds of processor time, since whenever. */
async function readCounters(upstream: Upstream): Promise<UpstreamProgress & { own: number; machine: number }> {
  const progress = await upstream.progress();
  const { user, system } = process.cpuUsage();
  const machineMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { ...progress, own: user + system, machine: machineMs * 1000 };
}

async function converse(entrant: Entrant, clients: number, conversations: number): Promise<Call[]> {
  const calls = await entrant.contender.converse(clients, conversations);
  entrant.conversations += conversations;
  return calls;
}
