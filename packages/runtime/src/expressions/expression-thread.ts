import { Worker } from 'node:worker_threads';
import { EspalierError, type Fault, type Json } from '@espalier/core';
import type { Bindings } from './evaluation.ts';
import { expressionLimits } from './limits.ts';

export interface ExpressionRequest {
  readonly source: string;
  readonly input: Json;
  readonly bindings: Bindings;
}

export type ExpressionReply = { ok: true; value: Json } | { ok: false; fault: Fault };

interface Job {
  readonly request: ExpressionRequest;
  readonly resolve: (value: Json) => void;
  readonly reject: (error: EspalierError) => void;
}

/**
 * One thread, started by the first request, that evaluates one expression at a time and is killed and replaced when one takes
 * too long. It does not keep the process alive while it is idle.
 */
export class ExpressionThread {
  readonly #limitMs: number;
  readonly #waiting: Job[] = [];
  #worker: Worker | undefined;
  #ready = false;
  #current: Job | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param limitMs wall-clock limit of one evaluation, without the time it waits for its turn or for the thread to start. */
  constructor(limitMs: number = expressionLimits.regexMs) {
    this.#limitMs = limitMs;
  }

  /** @throws EspalierError as `Expression.evaluate` does. */
  evaluate(request: ExpressionRequest, signal?: AbortSignal): Promise<Json> {
    return new Promise((resolve, reject) => {
      const cancel = () => this.#cancel(job);
      const settled = () => signal?.removeEventListener('abort', cancel);
      const job: Job = {
        request,
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#waiting.push(job);
      this.#next();
    });
  }

  /** Ends the thread; a later request starts another. */
  async stop(): Promise<void> {
    const worker = this.#forget();
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current || this.#waiting.length === 0) return;
    const worker = this.#worker ?? this.#start();
    worker.ref();
    if (!this.#ready) return;
    this.#current = this.#waiting.shift();
    this.#timer = setTimeout(() => this.#kill(timedOut(`after ${this.#limitMs} ms`)), this.#limitMs);
    worker.postMessage(this.#current?.request);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./expression-worker.ts', import.meta.url), {
      // Nothing of the host's: no arguments, no environment, and a heap that a runaway match cannot grow past.
      argv: [],
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    worker.on('message', (message: 'ready' | ExpressionReply) => this.#receive(worker, message));
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker, new Error('the thread ended')));
    this.#worker = worker;
    return worker;
  }

  #receive(worker: Worker, message: 'ready' | ExpressionReply): void {
    if (worker !== this.#worker) return;
    if (message === 'ready') this.#ready = true;
    else this.#settle((job) => (message.ok ? job.resolve(message.value) : job.reject(errorOf(message.fault))));
    worker.unref();
    this.#next();
  }

  #settle(settle: (job: Job) => void): void {
    const job = this.#current;
    clearTimeout(this.#timer);
    this.#current = undefined;
    if (job) settle(job);
  }

  #fail(worker: Worker, error: Error): void {
    if (worker !== this.#worker) return;
    const started = this.#ready;
    this.#forget();
    const stopped = timedOut(`its thread failed: ${error.message}`);
    this.#settle((job) => job.reject(stopped));
    // A thread that cannot even start would be started again for ever.
    if (!started) for (const job of this.#waiting.splice(0)) job.reject(stopped);
    this.#next();
  }

  #kill(reason: EspalierError): void {
    void this.#forget()?.terminate();
    this.#settle((job) => job.reject(reason));
    this.#next();
  }

  #cancel(job: Job): void {
    const cancelled = new EspalierError('effect.cancelled', 'The evaluation of the expression was cancelled.');
    if (job === this.#current) {
      this.#kill(cancelled);
      return;
    }
    const index = this.#waiting.indexOf(job);
    if (index >= 0) this.#waiting.splice(index, 1);
    job.reject(cancelled);
  }

  #forget(): Worker | undefined {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = false;
    return worker;
  }
}

/** The process's thread for regular expressions: nothing is started until an expression needs it. */
export const sharedExpressionThread = new ExpressionThread();

function timedOut(reason: string): EspalierError {
  return new EspalierError('expression.timed_out', `The evaluation of the expression was stopped ${reason}.`);
}

function errorOf(fault: Fault): EspalierError {
  return new EspalierError(fault.code, fault.message, fault.details === undefined ? {} : { details: fault.details });
}
