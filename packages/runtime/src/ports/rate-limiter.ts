/** So many in so much time. */
export interface RateLimit {
  /** What is counted: `user`, `session`, `tenant`, … */
  name: string;
  /** Whose: the id of that user, session, tenant. */
  subject: string;
  limit: number;
  windowMs: number;
}

/** Whether one more may come. If not: `retryAfterMs` says when it may, and `exceeded` which limit it is. */
export type RateDecision =
  | { allowed: true; remaining: number; resetMs: number; limit: RateLimit | undefined }
  | { allowed: false; exceeded: RateLimit; retryAfterMs: number };

/**
 * Counts what people start (S22), in sliding windows: within any span of `windowMs` no more than `limit` are allowed, whatever the number of
 * processes that share the limiter. Every adapter passes `rateLimiterConformance`.
 */
export interface RateLimiter {
  /**
   * Counts one against all of `limits`, or against none of them if one is exceeded. An adapter that cannot tell refuses: it throws.
   * @throws EspalierError `rate.unavailable` if the shared counters cannot be reached.
   */
  take(limits: readonly RateLimit[]): Promise<RateDecision>;
  close(): Promise<void>;
}
