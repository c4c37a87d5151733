import { EspalierError, type JsonObject, type TokenUsage } from '@espalier/core';

/**
 * What went wrong with a request, as the gateway has to know it:
 * `rate_limited` 429; `overloaded` 503, 529; `unavailable` no connection, other 5xx; `timed_out` nothing came for too long;
 * `interrupted` the answer broke off; `malformed` the answer cannot be read; `unauthorised` wrong key, 401, 403;
 * `not_found` no such model, deployment or region; `invalid` the provider does not take the request; `too_long` more than the model's context;
 * `quota` the account is out of money.
 */
export type FailureKind =
  | 'rate_limited'
  | 'overloaded'
  | 'unavailable'
  | 'timed_out'
  | 'interrupted'
  | 'malformed'
  | 'unauthorised'
  | 'not_found'
  | 'invalid'
  | 'too_long'
  | 'quota';

/** The same request to the same deployment may succeed. */
const retryable: ReadonlySet<FailureKind> = new Set(['rate_limited', 'overloaded', 'unavailable', 'timed_out', 'interrupted', 'malformed']);
/** The request is at fault, and not whom it was made to. */
const ofRequest: ReadonlySet<FailureKind> = new Set(['invalid', 'too_long']);

export interface FailureOptions {
  /** The HTTP status, where there was one. */
  status?: number | undefined;
  /** How long the provider asks to be left alone, in milliseconds. */
  retryAfterMs?: number | undefined;
  /**
   * What the request has used: `none` if the provider turned it down; tokens if it told; `unknown` if it may have worked on it.
   */
  used: 'none' | 'unknown' | TokenUsage;
  cause?: unknown;
}

/** A request to a provider that came to nothing. The message is one sentence that says what to do, and holds no secret. */
export class ModelFailure extends EspalierError {
  readonly kind: FailureKind;
  readonly retryAfterMs: number | undefined;
  readonly used: FailureOptions['used'];

  constructor(kind: FailureKind, message: string, { status, retryAfterMs, used, cause }: FailureOptions) {
    const details: JsonObject = { kind, ...(status === undefined ? {} : { status }) };
    super('model.failed', message, { details, cause });
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
    this.used = used;
  }

  /** Whether the same request to the same deployment may succeed later. */
  get mayRetry(): boolean {
    return retryable.has(this.kind);
  }

  /** Whether another deployment may do better. */
  get mayFallBack(): boolean {
    return this.kind !== 'invalid';
  }

  /** Whether it says something of the deployment. */
  get isOfDeployment(): boolean {
    return !ofRequest.has(this.kind);
  }
}
