import { EspalierError } from '@espalier/core';
import { expect, it } from 'vitest';
import { ProcessRateLimiter } from '../rate-limits/process-rate-limiter.ts';
import { createGate } from './gate.ts';
import { callRatesSchema, rateLimitStep } from './rate-limit-step.ts';
import { modelContext, modelEffect } from './testing/sample-context.ts';

it('S22 holds the calls of a tenant to what the configuration says, each tenant by itself', async () => {
  const clock = { now: 0 };
  const gate = createGate([rateLimitStep(new ProcessRateLimiter(() => clock.now), callRatesSchema.parse({ model_calls_per_minute: 2 }))]);
  const admitted = async (tenant = 'a') => (await gate.admit(modelEffect, modelContext({ tenant }))).admitted;
  expect([await admitted(), await admitted(), await admitted(), await admitted('b')]).toEqual([true, true, false, true]);
  expect(await gate.admit(modelEffect, modelContext({ tenant: 'a' }))).toMatchObject({
    error: { code: 'rate.limited', message: expect.stringContaining('60 s') },
  });
  clock.now += 60_000;
  expect(await admitted()).toBe(true);
});

it('S22 has no say where there is no limit', async () => {
  const gate = createGate([rateLimitStep(new ProcessRateLimiter(() => 0), callRatesSchema.parse({}))]);
  for (let index = 0; index < 100; index += 1)
    expect(await gate.admit(modelEffect, modelContext())).toMatchObject({ admitted: true, verdicts: [] });
});

it('S22 fails closed when nobody can tell', async () => {
  const away = { take: () => Promise.reject(new EspalierError('rate.unavailable', 'Redis is away.')), close: async () => {} };
  const gate = createGate([rateLimitStep(away, callRatesSchema.parse({ model_calls_per_minute: 2 }))]);
  expect(await gate.admit(modelEffect, modelContext())).toMatchObject({ admitted: false, error: { code: 'rate.unavailable' } });
});
