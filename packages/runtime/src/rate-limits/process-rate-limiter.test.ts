import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RateLimit } from '../ports/rate-limiter.ts';
import { rateLimiterConformance } from './conformance.ts';
import { ProcessRateLimiter } from './process-rate-limiter.ts';

/** A clock that goes when told to. */
function limiterAt(start: number) {
  const clock = { now: start };
  return { clock, limiter: new ProcessRateLimiter(() => clock.now) };
}

rateLimiterConformance('ProcessRateLimiter', async () => {
  const { clock, limiter } = limiterAt(1_000_000);
  const wait = async (ms: number) => {
    clock.now += ms;
  };
  return { limiter, now: () => clock.now, wait, close: () => limiter.close() };
});

const user = (subject: string, limit: number, windowMs: number): RateLimit => ({ name: 'user', subject, limit, windowMs });

const limits = fc.uniqueArray(
  fc.record({ subject: fc.constantFrom('a', 'b'), limit: fc.integer({ min: 1, max: 4 }), windowMs: fc.constantFrom(5, 20, 21) }),
  {
    selector: ({ subject, windowMs }) => `${subject} ${windowMs}`,
    maxLength: 4,
  },
);
const steps = fc.array(fc.record({ pause: fc.nat(8), limits }), { maxLength: 60 });

it('GRD-3 allows exactly what leaves no window with more than its limit, and is honest about when (property)', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { clock, limiter } = limiterAt(0);
      const allowed: { at: number; counter: string }[] = [];
      for (const step of all) {
        clock.now += step.pause;
        const counter = ({ subject, windowMs }: { subject: string; windowMs: number }) => `${subject} ${windowMs}`;
        const fits = (at: number) =>
          step.limits.every((one) => {
            const held = allowed.filter((taken) => taken.counter === counter(one) && taken.at > at - one.windowMs);
            return held.length < one.limit;
          });
        const decision = await limiter.take(step.limits.map((one) => ({ name: 'user', ...one })));
        expect(decision.allowed).toBe(fits(clock.now));
        if (decision.allowed) allowed.push(...step.limits.map((one) => ({ at: clock.now, counter: counter(one) })));
        else expect([fits(clock.now + decision.retryAfterMs - 1), fits(clock.now + decision.retryAfterMs)]).toEqual([false, true]);
      }
    }),
    { numRuns: 500 },
  );
});

it('forgets subjects whose windows are empty, whoever asks next', async () => {
  const { clock, limiter } = limiterAt(0);
  let most = 0;
  for (let index = 0; index < 20_000; index += 1) {
    clock.now += 1;
    await limiter.take([user(`user-${index}`, 10, 100), user(`user-${index}`, 100, 1000)]);
    most = Math.max(most, limiter.counters);
  }
  expect(most).toBe(1100);
  clock.now += 1000;
  await limiter.take([user('last', 1, 7)]);
  expect(limiter.counters).toBe(1);
});

it('remembers a subject that comes back for as long as its newest', async () => {
  const { clock, limiter } = limiterAt(0);
  await limiter.take([user('ada', 2, 100)]);
  await limiter.take([user('eve', 2, 100)]);
  clock.now = 60;
  await limiter.take([user('ada', 2, 100)]);
  clock.now = 110;
  await limiter.take([user('ada', 2, 100)]);
  expect(limiter.counters).toBe(1);
  expect(await limiter.take([user('ada', 2, 100)])).toEqual({ allowed: false, exceeded: user('ada', 2, 100), retryAfterMs: 50 });
});

it('makes nobody wait longer than a window when the clock is set back', async () => {
  const { clock, limiter } = limiterAt(10_000_000);
  for (const subject of ['ada', 'eve']) await limiter.take([user(subject, 1, 100)]);
  clock.now = 5;
  expect(await limiter.take([user('ada', 1, 100)])).toMatchObject({ allowed: false, retryAfterMs: 100 });
  clock.now = 104;
  expect(await limiter.take([user('ada', 1, 100)])).toMatchObject({ allowed: false, retryAfterMs: 1 });
  clock.now = 105;
  expect(await limiter.take([user('ada', 1, 100)])).toMatchObject({ allowed: true });
  expect(limiter.counters).toBe(1);
});
