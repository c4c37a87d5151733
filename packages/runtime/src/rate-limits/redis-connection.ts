import { EspalierError } from '@espalier/core';
import { Redis } from 'ioredis';
import type { RedisScript } from './take-script.ts';

const longestRetryDelayMs = 500;

/**
 * A connection to one Redis whose answers come in time or not at all. It connects again by itself; a script that may have been performed is
 * never sent a second time.
 */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #place: string;
  readonly #timeoutMs: number;
  /** Settles with the attempt to connect that is under way. */
  #connected = connecting();
  /** What went wrong last, as a code: messages may hold what was sent, the password included. */
  #trouble: string | undefined;

  /** @throws EspalierError `input.invalid` if the URL is none of Redis. */
  constructor(url: string, timeoutMs: number) {
    const address = addressOf(url);
    this.#place = address.host;
    this.#timeoutMs = timeoutMs;
    this.#redis = new Redis(address.href, redisOptions(timeoutMs));
    this.#redis.on('error', (error) => {
      this.#trouble = troubleOf(error);
    });
    this.#redis.on('ready', () => {
      this.#trouble = undefined;
      this.#connected.resolve();
    });
    this.#redis.on('close', () => this.#lose());
  }

  /** @throws EspalierError `rate.unavailable` if there is no answer in time, or an error for one. */
  async evaluate(script: RedisScript, keys: readonly string[], values: readonly number[]): Promise<unknown> {
    const deadline = Promise.withResolvers<never>();
    let late = false;
    const expire = () => {
      late = true;
      deadline.reject(new Error('late'));
    };
    // Where this process was busy for long, the answer may lie in the socket when the timer rings: it is read before setImmediate.
    const timer = setTimeout(() => setImmediate(expire), this.#timeoutMs);
    try {
      return await Promise.race([this.#send(script, [keys.length, ...keys, ...values], () => late), deadline.promise]);
    } catch (thrown) {
      const trouble = troubleOf(thrown) ?? this.#trouble;
      const what = late ? `did not answer within ${this.#timeoutMs} ms` : 'failed or closed the connection';
      throw this.#unavailable(trouble ? `${what} (${trouble})` : what);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    // Between two attempts there is nothing open, and nothing that would say that it ended.
    const open = this.#redis.status !== 'end' && this.#redis.status !== 'reconnecting';
    const ended = open ? new Promise((resolve) => this.#redis.once('end', resolve)) : undefined;
    this.#redis.disconnect();
    await ended;
    this.#connected.reject(new Error('closed'));
  }

  async #send({ sha, text }: RedisScript, [count, ...rest]: [number, ...(string | number)[]], late: () => boolean): Promise<unknown> {
    await this.#connected.promise;
    if (late()) return;
    try {
      return await this.#redis.evalsha(sha, count, ...rest);
    } catch (thrown) {
      if (late() || !isUnknownScript(thrown)) throw thrown;
      return this.#redis.eval(text, count, ...rest);
    }
  }

  #lose(): void {
    this.#connected.reject(new Error('lost'));
    this.#connected = connecting();
  }

  #unavailable(what: string): EspalierError {
    return new EspalierError('rate.unavailable', `Rate limits cannot be counted: Redis at ${this.#place} ${what}.`);
  }
}

function connecting(): PromiseWithResolvers<void> {
  const attempt = Promise.withResolvers<void>();
  attempt.promise.catch(() => {});
  return attempt;
}

function addressOf(url: string): URL {
  const address = URL.parse(url);
  const sound = address && /^rediss?:$/.test(address.protocol) && address.hostname !== '' && /^(\/\d*)?$/.test(address.pathname);
  if (!sound || !isEncoded(address.username + address.password)) {
    const expected = 'redis://host:6379 or rediss://user:password@host:6379/0, with % in a password as %25';
    throw new EspalierError('input.invalid', `The Redis for rate limits must be a URL such as ${expected}.`);
  }
  // ioredis would take options from it, over ours.
  address.search = '';
  return address;
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function redisOptions(timeoutMs: number) {
  return {
    protocol: 2,
    disableClientInfo: true,
    connectTimeout: timeoutMs,
    // A connection that went silent is given up, later than the calls on it: what waits in it would be counted once Redis goes on.
    socketTimeout: 2 * timeoutMs,
    disconnectTimeout: 0,
    maxLoadingRetryTime: timeoutMs,
    // Nothing is sent later than asked, or again: what the caller was refused must not be counted.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, longestRetryDelayMs),
    // After a failover the old primary may still answer, as a replica: its name leads to the new one.
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
  } as const;
}

/** The code that Node or Redis gave an error: ECONNREFUSED, WRONGPASS, OOM. */
function troubleOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return /^[A-Z]{3,}(?= )/.exec(thrown.message)?.[0];
}

function isUnknownScript(thrown: unknown): boolean {
  return troubleOf(thrown) === 'NOSCRIPT';
}
