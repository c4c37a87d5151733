import { afterEach, expect, it, vi } from 'vitest';
import { describePostgres } from '../testing/describe-postgres.ts';
import { createClock } from './clock.ts';
import { postgresDatabase } from './postgres-database.ts';

afterEach(() => {
  vi.useRealTimers();
});

await describePostgres('the clock of a database', (postgres) => {
  it('does not jump with the clock of this machine', async () => {
    const database = postgresDatabase({ url: postgres.url('postgres'), connections: 1 });
    const clock = await createClock(database);
    const real = Date.now();
    expect(Math.abs(clock.now() - real)).toBeLessThan(2000);
    vi.useFakeTimers({ toFake: ['Date'], now: real - 3_600_000 });
    expect(Math.abs(clock.now() - real)).toBeLessThan(5000);
    await clock.sync();
    expect(Math.abs(clock.now() - real)).toBeLessThan(5000);
    await database.close();
  });

  it('goes on while the database is away', async () => {
    const database = postgresDatabase({ url: postgres.url('postgres'), connections: 1 });
    const clock = await createClock(database);
    await database.close();
    const before = clock.now();
    await expect(clock.sync()).rejects.toThrow();
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });
});
