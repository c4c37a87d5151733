import { expect, it } from 'vitest';
import { limitsOf, rateLimitsSchema } from './limits-of.ts';

const defaults = rateLimitsSchema.parse({});

it('GRD-3 limits a user to 10 a minute and 100 an hour, a session to 50 and a tenant to 1,000 an hour', () => {
  expect(limitsOf(defaults, { tenant: 'acme', user: 'ada', session: 's1' })).toEqual([
    { name: 'user', subject: 'acme/ada', limit: 10, windowMs: 60_000 },
    { name: 'user', subject: 'acme/ada', limit: 100, windowMs: 3_600_000 },
    { name: 'session', subject: 'acme/s1', limit: 50, windowMs: 3_600_000 },
    { name: 'tenant', subject: 'acme', limit: 1000, windowMs: 3_600_000 },
  ]);
});

it('GRD-3 limits users and sessions only where one is named', () => {
  const names = (starter: { user?: string; session?: string }) =>
    limitsOf(defaults, { tenant: 'acme', ...starter }).map(({ name }) => name);
  expect(names({})).toEqual(['tenant']);
  expect(names({ user: 'ada' })).toEqual(['user', 'user', 'tenant']);
  expect(names({ session: '' })).toEqual(['session', 'tenant']);
});

it('GRD-3 takes limits from the configuration, and none where it says null', () => {
  const configuration = rateLimitsSchema.parse({ user_per_minute: null, user_per_hour: 7, session_per_hour: null });
  expect(limitsOf(configuration, { tenant: 'acme', user: 'ada', session: 's1' }).map(({ name, limit }) => [name, limit])).toEqual([
    ['user', 7],
    ['tenant', 1000],
  ]);
  const none = { user_per_minute: null, user_per_hour: null, session_per_hour: null, tenant_per_hour: null };
  expect(limitsOf(rateLimitsSchema.parse(none), { tenant: 'acme', user: 'ada', session: 's1' })).toEqual([]);
});

it.each([{ user_per_minute: 0 }, { user_per_hour: -1 }, { session_per_hour: 1.5 }, { tenant_per_hour: '9' }, { per_user: 1 }, null])(
  'refuses the configuration %j',
  (configuration) => {
    expect(rateLimitsSchema.safeParse(configuration).success).toBe(false);
  },
);

it('gives users of different tenants different subjects, whatever their ids hold', () => {
  const pairs = [
    ['a', 'b/c'],
    ['a/b', 'c'],
    ['a%2Fb', 'c'],
    ['a', 'b%2Fc'],
    ['a/', 'b'],
    ['a', '/b'],
    ['a', ''],
    ['', 'a'],
    ['\ud800', 'a'],
  ] as const;
  const subjects = pairs.map(([tenant, user]) => limitsOf(defaults, { tenant, user })[0]?.subject);
  expect(new Set(subjects).size).toBe(pairs.length);
  expect(limitsOf(defaults, { tenant: 'a/b' })[0]?.subject).not.toBe(limitsOf(defaults, { tenant: 'a', user: 'b' })[0]?.subject);
});
