/*
 * A process that answers OpenAI-compatible chat completions over loopback, streamed, quickly and always alike. Each answer says how long it
 * was held here, or, word by word, when each word was sent.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { deliveries, isManner, machineMs, streamedWords, turns } from './manners.ts';

let requests = 0;
/** The last request of each turn of a conversation, as it came. */
const bodies: string[] = [];

const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
  const begun = machineMs();
  const answered = incoming.method === 'POST' ? answer(incoming, outgoing, begun) : report(incoming, outgoing);
  answered.catch((thrown: unknown) => outgoing.destroy(thrown instanceof Error ? thrown : undefined));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, begun: number): Promise<void> {
  requests += 1;
  const text = await textOf(incoming);
  const { model, messages } = JSON.parse(text) as { model: string; messages: { role: string }[] };
  if (!isManner(model)) throw new Error(`No manner is called ${model}.`);
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  bodies[turn] = text;
  const isLast = turn === turns - 1;
  const { afterMs, wordsEveryMs } = deliveries[model];
  const ms = afterMs();
  if (ms > 0) await wait(ms);
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
  const heldMs = (machineMs() - begun).toFixed(4);
  if (wordsEveryMs !== undefined) return sendWords(outgoing, { heldMs, everyMs: wordsEveryMs, isLast });
  outgoing.end(`${first}${delta(`{"held":${heldMs}${isLast ? ',"done":true' : ''}}`)}${last}`);
}

interface Words {
  /** How long they were held before the first. */
  heldMs: string;
  everyMs: number;
  isLast: boolean;
}

async function sendWords(outgoing: ServerResponse, { heldMs, everyMs, isLast }: Words): Promise<void> {
  const begun = performance.now();
  outgoing.write(first);
  for (let word = 0; word < streamedWords; word += 1) {
    const ms = begun + word * everyMs - performance.now();
    if (everyMs > 0 && ms > 0) await wait(ms);
    outgoing.write(delta(`${word === 0 ? `{"held":${heldMs},"sent":"` : ''}${machineMs().toFixed(4)} `));
  }
  outgoing.end(`${delta(`"${isLast ? ',"done":true' : ''}}`)}${last}`);
}

const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'fake' };
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const first = event({ role: 'assistant', content: '' }, null);
const last = `${event({}, 'stop')}data: ${JSON.stringify({ ...chunk, choices: [], usage })}\n\ndata: [DONE]\n\n`;

function delta(content: string): string {
  return event({ content }, null);
}

function event(piece: object, finish: string | null): string {
  return `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta: piece, finish_reason: finish }] })}\n\n`;
}

/** What the bench asks of this process: how much it has done so far, and what it was sent. */
async function report({ url }: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { user, system } = process.cpuUsage();
  outgoing.end(JSON.stringify(url === '/bodies' ? bodies : { requests, cpu: user + system }));
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const piece of incoming) chunks.push(piece);
  return Buffer.concat(chunks).toString();
}
