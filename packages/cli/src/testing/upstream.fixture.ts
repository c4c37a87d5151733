import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** An answer of a model: its text in pieces, or an HTTP error. */
export interface Answer {
  pieces?: readonly string[];
  /** Before each piece, in milliseconds. */
  waitMs?: number;
  usage?: { input: number; output: number; cached?: number };
  /** Instead of an answer. */
  status?: number;
  /** After so many pieces the connection is cut. */
  cutAfter?: number;
}

/** A server of one's own that speaks OpenAI's Chat Completions, on the loopback; what a model answers is scripted by its name. */
export interface Upstream extends AsyncDisposable {
  baseUrl: string;
  /** The next answers of a model; the last one is repeated. */
  script(model: string, ...answers: readonly Answer[]): void;
  /** The models that were asked, in order. */
  readonly asked: readonly string[];
}

export async function startUpstream(): Promise<Upstream> {
  const scripts = new Map<string, Answer[]>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await textOf(request)) as { model: string; stream?: boolean };
    asked.push(body.model);
    const script = scripts.get(body.model) ?? [{ status: 500 }];
    const answer = (script.length > 1 ? script.shift() : script[0]) ?? { status: 500 };
    if (answer.status !== undefined) refuse(response, answer.status);
    else if (body.stream) await stream(response, answer);
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(whole(answer)));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    script: (model, ...answers) => void scripts.set(model, [...answers]),
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: `no luck: ${status}` } }));
}

function usageOf({ usage = { input: 10, output: 5 } }: Answer) {
  const { input, output, cached = 0 } = usage;
  const details = { prompt_tokens_details: { cached_tokens: cached } };
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output, ...details };
}

function whole(answer: Answer) {
  const message = { role: 'assistant', content: (answer.pieces ?? []).join('') };
  return { id: 'answer', created: 0, model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }], usage: usageOf(answer) };
}

async function stream(response: ServerResponse, answer: Answer): Promise<void> {
  const { pieces = [], waitMs = 0, cutAfter = Number.POSITIVE_INFINITY } = answer;
  const send = (fields: object) =>
    new Promise((resolve) => response.write(`data: ${JSON.stringify({ id: 'answer', created: 0, model: 'm', ...fields })}\n\n`, resolve));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [index, content] of pieces.entries()) {
    if (index >= cutAfter) return void response.destroy();
    if (waitMs > 0) await wait(waitMs);
    await send({ choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] });
  }
  await send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  await send({ choices: [], usage: usageOf(answer) });
  response.end('data: [DONE]\n\n');
}
