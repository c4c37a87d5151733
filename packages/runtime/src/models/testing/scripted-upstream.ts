/* For tests: the providers of models as one HTTP server on the loopback, whose answers are scripted to the byte. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { isJsonObject, type JsonObject, type TokenUsage } from '@espalier/core';
import { isProviderName, type ProviderName, providerNames } from '../providers.ts';
import { answering, dialects, failing, type Piece, type ReceivedRequest, type Reply, type Step } from './reply.ts';
import type { ScriptedAnswer } from './scripted-answer.ts';

/** An answer that was sent in full. */
export interface ServedAnswer {
  request: ReceivedRequest;
  usage: TokenUsage;
}

/** All providers on one port; what one of them answers is scripted apart from the others. */
export interface ScriptedUpstream {
  /** What to give a provider as `base_url`. */
  baseUrl(provider: ProviderName): string;
  /**
   * Scripts the next answers of a provider, one for each step; the last one is repeated until more are scripted. A provider without a script
   * answers 500.
   */
  script(provider: ProviderName, ...steps: readonly (Step | Reply)[]): void;
  /** Scripts a right answer of a provider. */
  answer(provider: ProviderName, ...answers: readonly ScriptedAnswer[]): void;
  /** What has come in, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** What was sent to its end, with what it used, in the order of the ends. */
  readonly served: readonly ServedAnswer[];
  /** How many answers are under way: begun, not ended, and still wanted. */
  readonly underWay: number;
  /** Goes away as a process that dies: what is open breaks, and new connections are refused until `revive`. */
  die(): void;
  /** Resolves when it is back at its address. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const scripts = new Map(providerNames.map((name) => [name, new Script()]));
  const requests: ReceivedRequest[] = [];
  const served: ServedAnswer[] = [];
  let underWay = 0;
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((thrown: unknown) => outgoing.destroy(thrown instanceof Error ? thrown : undefined));
  });
  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    underWay += 1;
    outgoing.once('close', () => {
      underWay -= 1;
    });
    const request = await received(incoming);
    requests.push(request);
    const reply = await scripts.get(request.provider)?.next()(request);
    if (reply && (await sent(outgoing, reply)) && reply.usage) served.push({ request, usage: reply.usage });
  }
  const script = (provider: ProviderName, ...steps: readonly (Step | Reply)[]) => scripts.get(provider)?.add(steps);
  const port = await listen(server, 0);
  const origin = `http://127.0.0.1:${port}`;
  return {
    baseUrl: (provider) => `${origin}/${provider}${provider === 'azure' ? '/openai' : '/v1'}`,
    script,
    answer: (provider, ...answers) => script(provider, ...answers.map(answering)),
    requests,
    served,
    get underWay() {
      return underWay;
    },
    die: () => void close(server),
    async revive() {
      // Somebody may have been given the port meanwhile, as a rule for one short connection.
      while (!(await listen(server, port).catch(() => undefined))) await wait(5);
    },
    close: () => close(server),
  };
}

const unscripted = failing(500, { message: 'The test has scripted no answer of this provider.' });

class Script {
  readonly #ahead: Step[] = [];
  #current: Step = unscripted;

  add(steps: readonly (Step | Reply)[]): void {
    this.#ahead.push(...steps.map((step) => (typeof step === 'function' ? step : () => step)));
  }

  next(): Step {
    this.#current = this.#ahead.shift() ?? this.#current;
    return this.#current;
  }
}

async function received(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const path = incoming.url ?? '/';
  const provider = path.split('/')[1] ?? '';
  if (!isProviderName(provider)) throw new Error(`No provider is at ${path}.`);
  const body = await bodyOf(incoming);
  const { modelOf, isStreamed } = dialects[provider];
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { provider, path, headers, body, model: modelOf(path, body), isStreamed: isStreamed(path, body) };
}

async function bodyOf(incoming: IncomingMessage): Promise<JsonObject> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  return isJsonObject(body) ? body : {};
}

/** Whether all of it went out. */
async function sent(outgoing: ServerResponse, { status = 200, headers = {}, body = [], ending = 'end' }: Reply): Promise<boolean> {
  outgoing.writeHead(status, headers);
  for (const piece of body) await write(outgoing, piece);
  if (ending === 'stall') return false;
  if (ending === 'cut') {
    outgoing.destroy();
    return false;
  }
  const { promise, resolve } = Promise.withResolvers<boolean>();
  outgoing.once('finish', () => resolve(true)).once('close', () => resolve(false));
  outgoing.end();
  return await promise;
}

/** Each piece goes out before the next one, so that the other side may see it alone. */
async function write(outgoing: ServerResponse, piece: Piece): Promise<void> {
  if (outgoing.destroyed) return;
  if (typeof piece === 'object' && 'waitMs' in piece) return await wait(piece.waitMs);
  await new Promise((resolve) => outgoing.write(piece, resolve));
}

/** @returns the port. @throws what keeps it from listening there. */
async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
