import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { share } from './contender.ts';

it('shares the runs out over the clients, each with one run at a time', async () => {
  const running = new Set<number>();
  let [most, done] = [0, 0];
  await share(10, 4, async (client) => {
    expect(running).not.toContain(client);
    running.add(client);
    most = Math.max(most, running.size);
    await setImmediate();
    running.delete(client);
    done += 1;
  });
  expect({ most, done }).toEqual({ most: 4, done: 10 });
});
