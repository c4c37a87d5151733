import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as endOfTurn, setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { freePrices } from '../prices/free-prices.ts';
import { openProvider, permitFor } from '../testing/open-provider.ts';
import { answering } from '../testing/reply.ts';
import type { Candidate } from './candidate.ts';
import { performRequest } from './perform-request.ts';

const candidate: Candidate = {
  ...{ id: 'd', provider: 'openai-compatible', model: 'm', credential: undefined, baseUrl: undefined, weight: 1, maxRetries: 0 },
  ...{ firstTokenMs: 2000, betweenTokensMs: 100, totalMs: 10_000, price: undefined, options: {} },
};

/** A server whose answers are written by a function. @returns its address. */
async function serve(answer: (response: ServerResponse) => Promise<void>): Promise<string> {
  const server = createServer((_, response) => void answer(response));
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

/** Keeps this process from everything else. */
function beBusy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function ask(baseUrl: string) {
  const provider = await openProvider('openai-compatible', { baseUrl });
  const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], config: {} };
  const { signal } = new AbortController();
  return performRequest({ candidate, provider, prices: freePrices, request, permit: permitFor(provider, 'm'), signal, onText: () => {} });
}

async function pieces(): Promise<string[]> {
  const request = { provider: 'openai-compatible' as const, path: '', headers: {}, body: {}, model: 'm', isStreamed: true };
  return ((await answering({ text: 'Hello you' })(request)).body ?? []).map(String);
}

it('COG-1 does not take an answer for silent that came while this process was busy', async () => {
  const [first = '', ...rest] = await pieces();
  const url = await serve(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first);
    await wait(50);
    await endOfTurn(); // the next one begins with the timers
    response.end(rest.join(''));
    beBusy(200);
  });
  expect(await ask(url)).toMatchObject({ outcome: 'success', output: { text: 'Hello you' } });
});

it('COG-1 takes one for silent that does not go on', async () => {
  const [first = ''] = await pieces();
  const url = await serve(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first);
    await wait(50);
    await endOfTurn();
    beBusy(200);
  });
  expect(await ask(url)).toMatchObject({ outcome: 'failure', used: 'unknown', error: { details: { kind: 'timed_out' } } });
});
