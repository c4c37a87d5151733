import { hash } from 'node:crypto';
import { EspalierError, type Fault, type Route } from '@espalier/core';
import type { ModelProvider, ModelRequest } from '../../ports/model.ts';
import type { PlannedTry, Tries } from '../../ports/node-program.ts';
import { ModelFailure } from '../model-failure.ts';
import type { Candidate, Steps } from './candidate.ts';
import type { DeploymentHealth } from './deployment-health.ts';
import type { CredentialContext, Endpoints } from './endpoints.ts';
import { performRequest } from './perform-request.ts';

/** What tries are made with. */
export interface TriesParts {
  endpoints: Endpoints;
  credentials: CredentialContext;
  health(candidate: Candidate): DeploymentHealth;
  /** Resolves after so many milliseconds. @throws what the signal is aborted with. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 (included) to 1, for jitter. */
  random(): number;
}

export interface TriesOptions {
  /** What those that share the load are drawn by: the same text, the same order. */
  lot: string;
  steps: Steps;
  route: Route | undefined;
  request: Omit<ModelRequest, 'model'>;
  /** The most tokens that the request can have, and the most that its answer may. */
  most: { input: number; output: number };
}

/** So often the whole chain is gone through, and so many requests are made for one call at the most, or one of each if those are more. */
const maxRounds = 3;
const maxRequests = 16;
const firstDelayMs = 200;
/** A provider that asks to be left alone for longer is left alone: another is asked, or nobody. */
const longestWaitMs = 20_000;

/** What has come of asking one candidate. */
interface Asked {
  candidate: Candidate;
  requests: number;
  failure: ModelFailure;
  /** Why it was not asked at all. */
  fault?: Fault;
}

/**
 * Who is asked for one model call: the chain in its order, each deployment again while its failures are passing ones, then the next. One that
 * is known to be down is passed over while another is left.
 */
export class GatewayTries implements Tries {
  readonly route: Route | undefined;
  readonly #parts: TriesParts;
  readonly #options: TriesOptions;
  readonly #asked = new Map<Candidate, Asked>();
  readonly #maxRequests: number;
  #round: Candidate[];
  #rounds = 1;
  #requests = 0;
  #last: Candidate | undefined;

  constructor(parts: TriesParts, options: TriesOptions) {
    this.#parts = parts;
    this.#options = options;
    this.route = options.route;
    this.#round = this.#order();
    this.#maxRequests = Math.max(maxRequests, this.#round.length);
  }

  async next(signal: AbortSignal): Promise<PlannedTry | { giveUp: Fault }> {
    for (;;) {
      const candidate = await this.#choose(signal);
      if (!candidate) return { giveUp: this.#fault() };
      const planned = await this.#plan(candidate);
      if (planned) return planned;
    }
  }

  async #choose(signal: AbortSignal): Promise<Candidate | undefined> {
    const again = this.#again();
    if (again) {
      await this.#parts.sleep(again.waitMs, signal);
      return again.candidate;
    }
    if (this.#requests >= this.#maxRequests || this.#isHopeless()) return undefined;
    return this.#take() ?? this.#nextRound(signal);
  }

  /** The last one once more, if its failure may pass, it is not to be left alone for long, and each of the others can still be asked. */
  #again(): { candidate: Candidate; waitMs: number } | undefined {
    const asked = this.#last && this.#asked.get(this.#last);
    if (!asked?.failure.mayRetry || asked.requests % (asked.candidate.maxRetries + 1) === 0) return undefined;
    if (this.#requests + this.#round.length >= this.#maxRequests) return undefined;
    // One that has just been found to be down is left to others to find up again.
    if (this.#round.length > 0 && this.#parts.health(asked.candidate).state !== 'closed') return undefined;
    const inThisRound = asked.requests % (asked.candidate.maxRetries + 1);
    const waitMs = asked.failure.retryAfterMs ?? this.#delay(inThisRound + this.#rounds - 1);
    const isLong = waitMs > (this.#round.length > 0 ? firstDelayMs * 5 : longestWaitMs);
    return isLong ? undefined : { candidate: asked.candidate, waitMs };
  }

  /** A request that is itself at fault is refused everywhere. */
  #isHopeless(): boolean {
    const asked = this.#last && this.#asked.get(this.#last);
    return asked !== undefined && !asked.failure.mayFallBack;
  }

  /** The first that is not known to be down; else the first. */
  #take(): Candidate | undefined {
    const index = this.#round.findIndex((candidate) => this.#parts.health(candidate).admits());
    const [taken] = this.#round.splice(Math.max(index, 0), 1);
    return taken;
  }

  async #nextRound(signal: AbortSignal): Promise<Candidate | undefined> {
    if (this.#rounds >= maxRounds) return undefined;
    const passing = this.#order().filter((candidate) => this.#asked.get(candidate)?.failure.mayRetry !== false);
    if (passing.length === 0) return undefined;
    const waits = passing.map((candidate) => this.#asked.get(candidate)?.failure.retryAfterMs ?? 0);
    const waitMs = Math.max(Math.min(...waits), this.#delay(this.#rounds + 1));
    if (waitMs > longestWaitMs) return undefined;
    await this.#parts.sleep(waitMs, signal);
    this.#rounds += 1;
    this.#round = passing;
    return this.#take();
  }

  /** Twice as long each time, half of it by chance: those who failed together do not come back together. */
  #delay(count: number): number {
    const ms = firstDelayMs * 2 ** (count - 1);
    return ms / 2 + (ms / 2) * this.#parts.random();
  }

  /** Within a step by weight: each candidate draws a number that depends on lot and id, and the smallest is first. */
  #order(): Candidate[] {
    return this.#options.steps.flatMap((step) => {
      if (step.length < 2) return step;
      const drawn = step.map((candidate) => ({
        candidate,
        place: -Math.log(fraction(`${this.#options.lot} ${candidate.id}`)) / candidate.weight,
      }));
      return drawn.toSorted((left, right) => left.place - right.place).map(({ candidate }) => candidate);
    });
  }

  /** One that cannot be asked as things are, for want of a key or a price, is passed over without a request. */
  async #plan(candidate: Candidate): Promise<PlannedTry | undefined> {
    const { endpoints, credentials } = this.#parts;
    this.#last = candidate;
    const prices = endpoints.prices(candidate);
    const adapter = await this.#adapter(candidate);
    if (!prices || !adapter) {
      const fault = (await endpoints.fault(candidate, credentials)) ?? {
        code: 'model.failed',
        message: `${candidate.id} cannot be asked.`,
      };
      const failure = new ModelFailure('unauthorised', fault.message, { used: 'none' });
      this.#asked.set(candidate, { candidate, requests: 0, failure, fault });
      return undefined;
    }
    this.#requests += 1;
    const { id, provider, model } = candidate;
    const request = { ...this.#options.request, model };
    return {
      deployment: id,
      provider,
      model,
      prices: prices.version,
      bound: prices.boundOf(this.#options.most),
      isFree: endpoints.isFree(candidate),
      perform: async (permit, { signal, onText }) => {
        const outcome = await performRequest({ candidate, provider: adapter, prices, request, permit, signal, onText });
        this.#note(candidate, outcome.failure);
        const { failure: _, ...result } = outcome;
        return result;
      },
    };
  }

  async #adapter(candidate: Candidate): Promise<ModelProvider | undefined> {
    const { endpoints, credentials } = this.#parts;
    return endpoints.provider(candidate, credentials).catch((thrown: unknown) => {
      if (thrown instanceof EspalierError) return undefined;
      throw thrown;
    });
  }

  #note(candidate: Candidate, failure: ModelFailure | undefined): void {
    const health = this.#parts.health(candidate);
    if (!failure) {
      health.succeeded();
      return;
    }
    health.failed(failure);
    const requests = (this.#asked.get(candidate)?.requests ?? 0) + 1;
    this.#asked.set(candidate, { candidate, requests, failure });
  }

  /** What is said when nobody answered: the words of the only one that was asked, or those of all. */
  #fault(): Fault {
    const asked = [...this.#asked.values()];
    const [only] = asked;
    if (asked.length === 1 && only) return only.fault ?? only.failure.toFault();
    const told = asked.map(({ candidate, requests, failure }) => `${candidate.id} (${times(requests)}): ${failure.message}`);
    const details = {
      tries: asked.map(({ candidate, requests, failure }) => ({ deployment: candidate.id, requests, kind: failure.kind })),
    };
    return { code: 'model.failed', message: `No deployment answered. ${told.join(' ')}`, details };
  }
}

function times(count: number): string {
  if (count === 0) return 'not asked';
  return count === 1 ? 'asked once' : `asked ${count} times`;
}

/** A number above 0 and below 1 that depends on a text alone. */
function fraction(text: string): number {
  const bytes = hash('sha256', text, 'buffer');
  return (bytes.readUIntBE(0, 6) + 0.5) / 2 ** 48;
}
