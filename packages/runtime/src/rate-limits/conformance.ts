import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RateDecision, RateLimit, RateLimiter } from '../ports/rate-limiter.ts';

/** One limiter under test, on counters of its own. */
export interface RateLimiterUnderTest {
  limiter: RateLimiter;
  /** Another one on the same counters, as in another process; absent where nobody shares them. */
  another?(): Promise<RateLimiter>;
  /** Milliseconds of the clock by which the limiter measures, or of one that goes as fast. */
  now(): number;
  /** Lets at least this much time pass. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Short enough to see several of them pass, long enough for a slow machine to ask often within one. */
const windowMs = 300;
const limit = (subject: string, allowed: number, more: Partial<RateLimit> = {}): RateLimit => ({
  name: 'user',
  subject,
  limit: allowed,
  windowMs,
  ...more,
});
/** One whose window does not pass during a test. */
const longLimit = (subject: string, allowed: number, more: Partial<RateLimit> = {}) =>
  limit(subject, allowed, { windowMs: 600_000, ...more });

/** A decision, and between which times it was made. */
interface Taken {
  decision: RateDecision;
  sent: number;
  received: number;
}

/** The vitest suite that every adapter of the RateLimiter port passes (GRD-3). */
export function rateLimiterConformance(name: string, open: () => Promise<RateLimiterUnderTest>): void {
  describe(`${name} as a RateLimiter`, () => {
    let subject: RateLimiterUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.close());

    describe('deciding', () => deciding(() => subject.limiter));
    describe('several limits at once', () => severalLimits(() => subject.limiter));
    describe('subjects', () => subjects(() => subject.limiter));
    describe('time', () => time(() => subject));
  });
}

const take = async (limiter: RateLimiter, ...limits: RateLimit[]) => (await limiter.take(limits)).allowed;

function deciding(limiter: () => RateLimiter): void {
  it('GRD-3 allows as many as the limit, tells what remains, and refuses the next', async () => {
    const three = longLimit('ada', 3);
    for (const remaining of [2, 1, 0]) {
      expect(await limiter().take([three])).toEqual({ allowed: true, remaining, resetMs: expect.any(Number), limit: three });
    }
    expect(await limiter().take([three])).toEqual({ allowed: false, exceeded: three, retryAfterMs: expect.any(Number) });
  });

  it('allows everything where there is no limit', async () => {
    expect(await limiter().take([])).toEqual({ allowed: true, remaining: Number.POSITIVE_INFINITY, resetMs: 0, limit: undefined });
  });

  it('does not count what it refuses', async () => {
    expect(await take(limiter(), longLimit('ada', 1))).toBe(true);
    for (let index = 0; index < 20; index += 1) expect(await take(limiter(), longLimit('ada', 1))).toBe(false);
    expect(await limiter().take([longLimit('ada', 3)])).toMatchObject({ allowed: true, remaining: 1 });
  });

  it('holds a limit that was lowered or raised against what was counted before', async () => {
    for (let index = 0; index < 5; index += 1) await limiter().take([longLimit('ada', 5)]);
    expect(await take(limiter(), longLimit('ada', 2))).toBe(false);
    expect(await limiter().take([longLimit('ada', 7)])).toMatchObject({ allowed: true, remaining: 1 });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses to work with a limit or a window of %d', async (number) => {
    const defect = { code: 'internal.defect' };
    await expect(limiter().take([longLimit('ada', 1), longLimit('eve', number)])).rejects.toMatchObject(defect);
    await expect(limiter().take([longLimit('ada', 1), limit('eve', 1, { windowMs: number })])).rejects.toMatchObject(defect);
    expect(await take(limiter(), longLimit('ada', 1))).toBe(true);
  });

  it('GRD-3 lets no more than the limit through of many at the same moment', async () => {
    const decisions = await Promise.all(Array.from({ length: 200 }, () => limiter().take([longLimit('ada', 17)])));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(17);
  });
}

function severalLimits(limiter: () => RateLimiter): void {
  const ada = longLimit('ada', 5);
  const tenant = longLimit('acme', 2, { name: 'tenant' });

  it.each([
    ['the last', [ada, tenant]],
    ['the first', [tenant, ada]],
  ])('GRD-3 counts on none of the limits if %s of them is exceeded', async (_, limits) => {
    await limiter().take([tenant]);
    await limiter().take([tenant]);
    for (let index = 0; index < 10; index += 1) {
      expect(await limiter().take(limits)).toMatchObject({ allowed: false, exceeded: tenant });
    }
    expect(await limiter().take([ada])).toMatchObject({ allowed: true, remaining: 4 });
  });

  it('counts on all of them otherwise, and tells of the one that has least left', async () => {
    expect(await limiter().take([ada, tenant])).toMatchObject({ remaining: 1, limit: tenant });
    expect(await limiter().take([ada, tenant])).toMatchObject({ remaining: 0, limit: tenant });
    expect(await limiter().take([ada])).toMatchObject({ remaining: 2, limit: ada });
  });

  it('keeps windows of different length apart', async () => {
    const hour = longLimit('ada', 3, { windowMs: 3_600_000 });
    for (let index = 0; index < 3; index += 1) expect(await take(limiter(), ada, hour)).toBe(true);
    expect(await limiter().take([ada, hour])).toMatchObject({ allowed: false, exceeded: hour });
    expect(await limiter().take([ada])).toMatchObject({ allowed: true, remaining: 1 });
  });

  it('tells of the limit that holds longest if several are exceeded', async () => {
    const longest = longLimit('ada', 1, { windowMs: 3_600_000 });
    const all = [longLimit('ada', 1), longest, longLimit('ada', 1, { windowMs: 900_000 })];
    await limiter().take(all);
    const decision = await limiter().take(all);
    expect(decision).toMatchObject({ allowed: false, exceeded: longest });
    expect(!decision.allowed && decision.retryAfterMs).toBeGreaterThan(1_800_000);
  });

  it('counts once where a counter is named twice, and holds the lower limit', async () => {
    expect(await limiter().take([longLimit('ada', 5), longLimit('ada', 2), ada])).toMatchObject({ allowed: true, remaining: 1 });
    expect(await limiter().take([ada])).toMatchObject({ allowed: true, remaining: 3 });
  });
}

/** Ids that run together, or into other keys, where they are joined, split, interpreted or encoded carelessly. */
const hostileIds = [
  '',
  ' ',
  'a',
  'A',
  'a:b',
  'a:',
  ':b',
  'a/b',
  'a%2Fb',
  '{a}',
  '{}',
  'a}',
  '*',
  'a*',
  '\u0000',
  'a\u0000b',
  'a\r\nFLUSHALL\r\n',
  '__proto__',
  'constructor',
  '1',
  '01',
  '"]',
  '\\',
  'é',
  'e\u0301',
  '\ud800',
  '\ud801',
  '\ufffd',
  '👩‍👩‍👧',
  'x'.repeat(100_000),
  `${'x'.repeat(100_000)}y`,
];

function subjects(limiter: () => RateLimiter): void {
  it('GRD-3 counts for each subject on its own', async () => {
    expect(await take(limiter(), longLimit('ada', 1))).toBe(true);
    expect(await take(limiter(), longLimit('ada', 1))).toBe(false);
    expect(await take(limiter(), longLimit('eve', 1))).toBe(true);
  });

  it('GRD-3 counts for a user and for a session of the same id on their own', async () => {
    expect(await take(limiter(), longLimit('ada', 1))).toBe(true);
    expect(await take(limiter(), longLimit('ada', 1, { name: 'session' }))).toBe(true);
    expect(await take(limiter(), longLimit('ada', 1, { name: 'user:ada' }))).toBe(true);
  });

  it('GRD-3 gives every hostile id a counter of its own', async () => {
    for (const allowed of [true, false]) {
      for (const id of hostileIds) expect([id.slice(0, 9), await take(limiter(), longLimit(id, 1))]).toEqual([id.slice(0, 9), allowed]);
    }
  });

  it('GRD-3 does not let name, subject and window run together', async () => {
    const same = [
      ['user', 'a:b'],
      ['user:a', 'b'],
      ['user:a:b', ''],
      ['', 'user:a:b'],
      ['user","a', 'b'],
      ['user', 'a","b'],
      ['user', 'a:600000:'],
      ['user:600000:a', ''],
    ] as const;
    for (const [name, subject] of same) expect(await take(limiter(), longLimit(subject, 1, { name }))).toBe(true);
  });
}

function time(subject: () => RateLimiterUnderTest): void {
  /** Takes at short intervals until `enough`. */
  async function takeUntil(limiter: RateLimiter, limits: RateLimit[], enough: (taken: Taken) => boolean): Promise<Taken[]> {
    const all: Taken[] = [];
    for (;;) {
      const sent = subject().now();
      const decision = await limiter.take(limits);
      const taken = { decision, sent, received: subject().now() };
      all.push(taken);
      if (enough(taken)) return all;
      await subject().wait(1);
    }
  }

  it('GRD-3 allows again after the time it told, and not before', async () => {
    const limits = [limit('ada', 2), limit('acme', 3, { name: 'tenant', windowMs: 2 * windowMs })];
    for (let round = 0; round < 4; round += 1) {
      const toRefusal = await takeUntil(subject().limiter, limits, ({ decision }) => !decision.allowed);
      const refusal = toRefusal.at(-1);
      if (!refusal || refusal.decision.allowed) throw new Error('a refusal was expected');
      const { retryAfterMs } = refusal.decision;
      expect(retryAfterMs).toBeGreaterThanOrEqual(1);
      expect(retryAfterMs).toBeLessThanOrEqual(2 * windowMs);
      for (const { decision, sent, received } of await takeUntil(subject().limiter, limits, (taken) => taken.decision.allowed)) {
        // It was rounded up to whole milliseconds.
        if (decision.allowed) expect(received).toBeGreaterThan(refusal.sent + retryAfterMs - 1);
        else expect(sent).toBeLessThan(refusal.received + retryAfterMs);
      }
    }
  });

  it('tells when the next place gets free', async () => {
    const [first] = await takeUntil(subject().limiter, [limit('ada', 5)], () => true);
    expect(first?.decision).toMatchObject({ allowed: true, remaining: 4, resetMs: windowMs });
    await subject().wait(windowMs / 3);
    const [second] = await takeUntil(subject().limiter, [limit('ada', 5)], () => true);
    if (!first || !second?.decision.allowed) throw new Error('two that are allowed were expected');
    const { remaining, resetMs } = second.decision;
    // A slow machine may have let the first one leave before.
    const leaves = remaining === 4 ? { after: second.sent, before: second.received } : { after: first.sent, before: first.received };
    expect(resetMs).toBeGreaterThanOrEqual(leaves.after + windowMs - second.received);
    expect(resetMs).toBeLessThan(leaves.before + windowMs - second.sent + 1);
  });

  it('is as if unused after its window', async () => {
    for (let index = 0; index < 3; index += 1) await subject().limiter.take([limit('ada', 3)]);
    await subject().wait(windowMs + 5);
    expect(await subject().limiter.take([limit('ada', 3)])).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('GRD-3 S22 never lets more than the limit through within any window, however many share it', async () => {
    const { another, limiter, now } = subject();
    const limiters = another ? [limiter, await another(), await another(), await another()] : [limiter, limiter, limiter, limiter];
    const end = now() + 5 * windowMs;
    const taken = await Promise.all(limiters.map((one) => takeUntil(one, [limit('ada', 7)], ({ received }) => received >= end)));
    const allowed = taken
      .flat()
      .filter(({ decision }) => decision.allowed)
      .sort((left, right) => left.received - right.received);
    for (const [index, { received }] of allowed.entries()) {
      const withThoseBefore = allowed.slice(Math.max(0, index - 7), index + 1);
      if (withThoseBefore.length > 7) expect(received - Math.min(...withThoseBefore.map(({ sent }) => sent))).toBeGreaterThan(windowMs - 1);
    }
    expect(allowed.length).toBeGreaterThan(2 * 7);
  });
}
