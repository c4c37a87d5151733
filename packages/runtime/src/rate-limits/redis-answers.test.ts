import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { RateLimit } from '../ports/rate-limiter.ts';
import { RedisRateLimiter } from './redis-rate-limiter.ts';

const two: RateLimit[] = [
  { name: 'user', subject: 'ada', limit: 5, windowMs: 60_000 },
  { name: 'tenant', subject: 'acme', limit: 5, windowMs: 60_000 },
];

const open: { server: Server; sockets: Set<Socket>; limiter: RedisRateLimiter }[] = [];
afterEach(async () => {
  for (const { server, sockets, limiter } of open.splice(0)) {
    await limiter.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

/** A limiter on a server that says `answer` to every script, and what a Redis says to everything else. */
async function limiterWhere(answer: string, credentials = ''): Promise<RedisRateLimiter> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (bytes) => {
      const text = bytes.toString().toLowerCase();
      socket.write(text.includes('eval') ? answer : text.includes('auth') && credentials ? answer : '$0\r\n\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server was expected to have a port');
  const limiter = new RedisRateLimiter({ url: `redis://${credentials}127.0.0.1:${address.port}`, timeoutMs: 300 });
  open.push({ server, sockets, limiter });
  return limiter;
}

it('understands an answer with counts and microseconds', async () => {
  const limiter = await limiterWhere('*4\r\n:1\r\n:100\r\n:3\r\n:1001\r\n');
  expect(await limiter.take(two)).toEqual({ allowed: true, remaining: 1, resetMs: 2, limit: two[1] });
});

it.each([
  ['nothing', '$-1\r\n'],
  ['text', '+OK\r\n'],
  ['an empty list', '*0\r\n'],
  ['too few counts', '*2\r\n:0\r\n:5\r\n'],
  ['too many counts', '*6\r\n:0\r\n:5\r\n:0\r\n:5\r\n:0\r\n:5\r\n'],
  ['texts for counts', '*4\r\n$1\r\n0\r\n$1\r\n5\r\n$1\r\n0\r\n$1\r\n5\r\n'],
  ['negative counts', '*4\r\n:-7\r\n:5\r\n:0\r\n:5\r\n'],
  ['lists for counts', '*4\r\n*0\r\n*0\r\n*0\r\n*0\r\n'],
  ['an error', '-ERR no\r\n'],
  ['that it knows no script, for ever', '-NOSCRIPT no\r\n'],
  ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['nothing at all', ''],
  ['half an answer', '*4\r\n:0\r\n'],
])('GRD-3 refuses where Redis answers %s', async (_, answer) => {
  const limiter = await limiterWhere(answer);
  await expect(limiter.take(two)).rejects.toMatchObject({ code: 'rate.unavailable' });
});

it('shows the password nowhere, even where the server repeats it', async () => {
  const limiter = await limiterWhere("-ERR unknown command 'AUTH', with args beginning with: 's3cret-word'\r\n", ':s3cret-word@');
  const thrown = await limiter.take(two).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'rate.unavailable', message: expect.stringContaining('(ERR)') });
  expect(thrown).not.toHaveProperty('cause');
  expect(JSON.stringify([thrown, String(thrown), (thrown as Error).stack])).not.toContain('s3cret');
});

it.each([
  'http://127.0.0.1:6379',
  '127.0.0.1:6379',
  'redis://',
  'redis:6379',
  'redis://:100%-s3cret@127.0.0.1',
  'redis://:s3cret@127.0.0.1/queue',
  '',
])('refuses %j for a URL, without repeating it', (url) => {
  const make = () => new RedisRateLimiter({ url });
  expect(make).toThrow(expect.objectContaining({ code: 'input.invalid' }));
  expect(make).not.toThrow(/s3cret/);
});

it.each([0, -1, 1.5, Number.NaN])('refuses an insurance for %d processes', (processes) => {
  const make = () => new RedisRateLimiter({ url: 'redis://127.0.0.1:1', insurance: { processes } });
  expect(make).toThrow(expect.objectContaining({ code: 'input.invalid' }));
});
