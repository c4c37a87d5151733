import type { StatementFault } from '../plan.ts';

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/**
 * Makes a driver of databases do a fault at the n-th statement of this process. `prototype` is that of its connections, `methods` are
 * those that send statements; the last parameter may be a callback, otherwise they return a promise.
 */
export function injectFault(prototype: object, methods: readonly string[], fault: StatementFault): void {
  const connection = prototype as Record<string, Method>;
  let sent = 0;
  for (const name of methods) {
    const send = connection[name];
    if (!send) throw new Error(`the driver has no method ${name}`);
    connection[name] = function faulty(...parameters) {
      sent += 1;
      return sent === fault.nth ? doFault(fault, (all) => send.apply(this, all), parameters) : send.apply(this, parameters);
    };
  }
}

function doFault({ kind, ms }: StatementFault, send: (parameters: unknown[]) => unknown, parameters: unknown[]): unknown {
  if (kind === 'before') die();
  if (kind === 'stall') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms); // nothing of this process goes on meanwhile
  if (kind === 'sent') setTimeout(die, ms);
  if (kind !== 'after') return send(parameters);
  const isCalledBack = typeof parameters.at(-1) === 'function';
  const result = send(isCalledBack ? [...parameters.slice(0, -1), die] : parameters);
  if (!isCalledBack) Promise.resolve(result).then(die, die);
  return result;
}

/** At once: the kernel ends this process before it gets to do anything else. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
