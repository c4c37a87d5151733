/* For tests: a model provider and a tool that are asked over loopback, and answer what they were told to. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Json } from '@espalier/core';
import type { Secret } from '../credentials/secret.ts';
import { issuePermit, Permit } from '../gate/permit.ts';
import { ModelFailure } from '../models/model-failure.ts';
import type { CallOptions, ModelProvider, ModelRequest, ModelResponse } from '../ports/model.ts';
import type { Tool, ToolResult } from '../ports/tool.ts';
import { toolManifest } from '../tools/tool-call.fixture.ts';
import { Recorder } from './recorder.ts';

/** What the server says to one request: pieces of a text, then how it ends. */
export interface Answer {
  deltas?: readonly string[];
  response?: ModelResponse;
  result?: ToolResult;
  failure?: { kind: 'rate_limited' | 'overloaded' | 'interrupted'; message: string; status: number };
  /** The server never ends its answer. */
  hangs?: true;
}

const retryAfterMs = 1500;

/** A server on loopback; `script` holds its answers to come, `asked` what it was asked. */
export async function startWire() {
  const script: Answer[] = [];
  const asked: Json[] = [];
  const server = createServer(async (request, response) => {
    asked.push(JSON.parse(await text(request)));
    say(response, script.shift() ?? {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const close = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, script, asked, close, provider: wireProvider(url), tool: (id: string) => wireTool(url, id), [Symbol.asyncDispose]: close };
}

function say(response: ServerResponse, { deltas = [], hangs, ...end }: Answer): void {
  for (const delta of deltas) response.write(`${JSON.stringify({ delta })}\n`);
  if (hangs) response.flushHeaders();
  else response.end(`${JSON.stringify(end)}\n`);
}

function wireProvider(url: string): ModelProvider {
  return {
    name: 'wire',
    callsTools: true,
    serves: () => true,
    async generate(permit, request, { signal, onDelta }) {
      Permit.redeem(permit, 'model', `wire/${request.model}`);
      const { failure, response } = await ask(url, request, { signal, onDelta });
      if (failure) throw new ModelFailure(failure.kind, failure.message, { status: failure.status, retryAfterMs, used: 'none' });
      if (!response) throw new ModelFailure('malformed', 'The server has no answer.', { used: 'unknown' });
      return response;
    },
  };
}

function wireTool(url: string, id: string): Tool {
  return {
    manifest: toolManifest({ id, type: 'http', entrypoint: url }),
    schemaIn: undefined,
    schemaOut: undefined,
    async call(permit, input, { signal }) {
      Permit.redeem(permit, 'tool', id);
      const { result } = await ask(url, input, { signal });
      return result ?? { outcome: 'failure', error: { code: 'tool.failed', message: 'The server has no answer.' } };
    },
  };
}

async function ask(url: string, body: unknown, { signal, onDelta }: Pick<CallOptions, 'signal' | 'onDelta'>): Promise<Answer> {
  const { body: answer } = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal });
  let unread = '';
  for await (const chunk of (answer ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const lines = `${unread}${chunk}`.split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line);
      if (!('delta' in said)) return said;
      onDelta?.(said.delta);
    }
  }
  return {};
}

/** Asks a provider with a fresh permit; `heard` gets the pieces of its answer. */
export function generate(provider: ModelProvider, request: ModelRequest, options: { signal?: AbortSignal; heard?: string[] } = {}) {
  const permit = issuePermit({ kind: 'model', target: `${provider.name}/${request.model}`, input: null });
  const { signal = new AbortController().signal, heard } = options;
  return provider.generate(permit, request, { signal, onDelta: heard && ((piece) => heard.push(piece)) });
}

/** What a call came to, failures of a provider as data. */
export function settled<T>(call: Promise<T>) {
  return call.catch((thrown: unknown) => {
    if (!(thrown instanceof ModelFailure)) throw thrown;
    const { kind, message, details, retryAfterMs, used } = thrown;
    return { kind, message, details, retryAfterMs, used };
  });
}

/** A request with one message. */
export function question(content: string): ModelRequest {
  return { model: 'm', messages: [{ role: 'user', content }], config: { max_tokens: 10 } };
}

/** A plain answer. */
export function answer(said: string): ModelResponse {
  return { text: said, finish: 'stop', usage: { input_tokens: 3, output_tokens: 2 } };
}

/** A temporary directory, a recording in it, and what was recorded. */
export async function temporaryRecording(secrets: () => readonly Secret[] = () => []) {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-cassette-'));
  const path = join(directory, 'run.jsonl');
  const start = () => Recorder.start(path, { espalier: '1.2.3', workflow: 'shop', secrets, now: () => Date.UTC(2026, 10, 30) });
  return {
    directory,
    path,
    start,
    recorder: await start(),
    content: () => readFile(path, 'utf8'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
