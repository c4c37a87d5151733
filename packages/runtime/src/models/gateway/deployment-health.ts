import type { ModelFailure } from '../model-failure.ts';

/** How many failures in a row mean that a deployment is down. */
const failuresUntilOpen = 5;
/** How long it is then left alone; twice as long after each probe that fails. */
const firstRestMs = 1000;
const longestRestMs = 30_000;
/** A probe that nobody heard of again does not keep others from trying. */
const probeMs = 60_000;

/**
 * Whether a deployment is worth asking: a circuit breaker that is asked before a request is planned, which a wrapper around the request
 * could not be. One per deployment and process.
 */
export class DeploymentHealth {
  readonly #now: () => number;
  #failures = 0;
  #restMs = firstRestMs;
  #restsUntil = 0;
  #probeUntil = 0;

  /** @param now milliseconds of a clock that does not go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** `open` rests; `half-open` waits for what comes of a probe. */
  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#restsUntil === 0) return 'closed';
    return this.#now() < this.#restsUntil ? 'open' : 'half-open';
  }

  /** Whether it may be asked now. Of those who ask after a rest, one gets a yes: it is the probe. */
  admits(): boolean {
    if (this.state === 'closed') return true;
    if (this.state === 'open' || this.#now() < this.#probeUntil) return false;
    this.#probeUntil = this.#now() + probeMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#restMs = firstRestMs;
    this.#restsUntil = 0;
    this.#probeUntil = 0;
  }

  /** A request that is itself at fault says nothing of the deployment. */
  failed({ mayRetry, isOfDeployment, retryAfterMs }: Pick<ModelFailure, 'mayRetry' | 'isOfDeployment' | 'retryAfterMs'>): void {
    if (!isOfDeployment) return;
    this.#failures += 1;
    const wasProbe = this.#restsUntil > 0;
    if (!wasProbe && this.#failures < failuresUntilOpen && mayRetry && retryAfterMs === undefined) return;
    if (wasProbe) this.#restMs = Math.min(this.#restMs * 2, longestRestMs);
    const restMs = Math.max(this.#restMs, Math.min(retryAfterMs ?? 0, longestRestMs));
    this.#restsUntil = this.#now() + restMs;
    this.#probeUntil = 0;
  }
}
