import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { describeRedis } from './describe-redis.ts';

/** Whether something answers there. */
async function answers(url: string): Promise<boolean> {
  const admin = new Redis(url, { lazyConnect: true, retryStrategy: null });
  admin.on('error', () => undefined);
  const pong = await admin.ping().catch(() => undefined);
  admin.disconnect();
  return pong === 'PONG';
}

await describeRedis('the Redis of a test file', (server) => {
  it('is gone after kill, and empty on the same port after restart', async () => {
    const admin = new Redis(server().url);
    await admin.set('kept', '1');
    admin.disconnect();
    await server().kill();
    await server().kill();
    expect(await answers(server().url)).toBe(false);
    await server().restart();
    const again = new Redis(server().url);
    expect(await again.dbsize()).toBe(0);
    again.disconnect();
  });

  it('takes settings, and ends with a process that is killed, directory included', async () => {
    const script = join(import.meta.dirname, 'start-redis.fixture.ts');
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(child.stdout), 'line');
    const { url, directory, settings } = JSON.parse(String(line));
    expect(settings).toEqual(['lua-time-limit', '4321']);
    expect(await answers(url)).toBe(true);
    await access(directory);
    child.kill('SIGKILL');
    await expect.poll(() => answers(url), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => access(directory).catch(() => 'gone'), { timeout: 10_000 }).toBe('gone');
  });
});
