import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { captureOutput } from './captured-output.ts';
import type { FromPlugin, PluginThreadData, ToPlugin } from './plugin-protocol.ts';

// The entry of a plugin's thread. It imports as little as it can: it is started with the first event of a run.

type Observe = (event: unknown, context: unknown) => unknown;
type Close = () => unknown;

/** Of the priorities of Linux, where a thread has one of its own: runs come first. */
const lowPriority = 10;

const { port, signs, url, exportName, context, outputPerMinute } = workerData as PluginThreadData;
closeDoors();
if (process.platform === 'linux') setPriority(lowPriority);
captureOutput(outputPerMinute, (text) => send({ type: 'output', text }));
await begin();

/** What is posted to the parent, however much, costs the process nothing: nobody is there. */
function closeDoors(): void {
  parentPort?.close();
  for (const key of Object.keys(workerData)) delete workerData[key];
}

async function begin(): Promise<void> {
  let module: Record<string, unknown>;
  try {
    module = await import(url);
  } catch (thrown) {
    return send({ type: 'refused', reason: `does not load: ${reasonOf(thrown)}` });
  }
  const observe = module[exportName];
  if (!isFunction<Observe>(observe)) return send({ type: 'refused', reason: `exports no function ${exportName}` });
  const close = isFunction<Close>(module.close) ? module.close : () => {};
  port.on('message', (message: ToPlugin) => void (message.type === 'events' ? handle(message, observe) : end(close)));
  alive();
  send({ type: 'loaded' });
}

/** One event after another: a plugin sees them in order, and is never called while it is at work. */
async function handle({ runs, texts }: Extract<ToPlugin, { type: 'events' }>, observe: Observe): Promise<void> {
  let failed = 0;
  let reason: string | undefined;
  for (const [index, text] of texts.entries()) {
    alive();
    try {
      const result = observe(JSON.parse(text), Object.freeze({ ...context, run: runs[index] }));
      if (isThenable(result)) await result;
    } catch (thrown) {
      failed += 1;
      reason = reasonOf(thrown);
    }
  }
  alive();
  send({ type: 'done', failed, reason });
}

async function end(close: Close): Promise<void> {
  let reason: string | undefined;
  try {
    await close();
  } catch (thrown) {
    reason = reasonOf(thrown);
  }
  // What was written on the way is shown first.
  setImmediate(() => send({ type: 'closed', reason }));
}

function alive(): void {
  Atomics.add(signs, 0, 1);
}

function send(message: FromPlugin): void {
  port.postMessage(message);
}

function isFunction<F>(value: unknown): value is F {
  return typeof value === 'function';
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Whatever was thrown: its own code may run on the way to a text. */
function reasonOf(thrown: unknown): string {
  try {
    return (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `it threw ${String(thrown)}`).slice(0, 2000);
  } catch {
    return 'it threw something that cannot be shown';
  }
}
