import { describe, expect, it } from 'vitest';
import { DeploymentHealth } from './deployment-health.ts';
import { failing } from './testing/scripted-providers.ts';

function healthAt() {
  const clock = { now: 1000 };
  return { clock, health: new DeploymentHealth(() => clock.now) };
}

describe('GRD-7 COG-1 the circuit breaker of a deployment', () => {
  it('opens after five failures in a row, and lets one probe through after a rest', () => {
    const { clock, health } = healthAt();
    for (let failure = 0; failure < 4; failure += 1) health.failed(failing('unavailable'));
    expect(health.state).toBe('closed');
    health.failed(failing('unavailable'));
    expect([health.state, health.admits()]).toEqual(['open', false]);
    clock.now += 1000;
    expect([health.state, health.admits(), health.admits()]).toEqual(['half-open', true, false]);
  });

  it('closes when the probe succeeds', () => {
    const { clock, health } = healthAt();
    health.failed(failing('unauthorised'));
    clock.now += 1000;
    health.admits();
    health.succeeded();
    expect([health.state, health.admits(), health.admits()]).toEqual(['closed', true, true]);
  });

  it('rests twice as long when the probe fails, up to half a minute', () => {
    const { clock, health } = healthAt();
    health.failed(failing('unauthorised'));
    for (const rest of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      clock.now += 60_000;
      health.failed(failing('unavailable'));
      clock.now += rest - 1;
      expect(health.state).toBe('open');
      clock.now += 1;
      expect(health.state).toBe('half-open');
    }
  });

  it('forgets a probe that nobody heard of again', () => {
    const { clock, health } = healthAt();
    health.failed(failing('unauthorised'));
    clock.now += 1000;
    expect([health.admits(), health.admits()]).toEqual([true, false]);
    clock.now += 60_000;
    expect(health.admits()).toBe(true);
  });

  it('a success in between begins the count again', () => {
    const { health } = healthAt();
    for (let failure = 0; failure < 20; failure += 1) {
      health.failed(failing('unavailable'));
      if (failure % 4 === 3) health.succeeded();
    }
    expect(health.state).toBe('closed');
  });

  it('rests for as long as the provider asks', () => {
    const { clock, health } = healthAt();
    health.failed(failing('rate_limited', { retryAfterMs: 9000 }));
    clock.now += 8999;
    expect(health.state).toBe('open');
    clock.now += 1;
    expect(health.state).toBe('half-open');
  });

  it.each(['invalid', 'too_long'] as const)('a request that is %s says nothing of it', (kind) => {
    const { health } = healthAt();
    for (let failure = 0; failure < 20; failure += 1) health.failed(failing(kind));
    expect(health.state).toBe('closed');
  });
});
