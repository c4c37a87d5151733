import { setTimeout as wait } from 'node:timers/promises';
import { EspalierError, type Fault, faultOf, type JournalEvent, type Workflow } from '@espalier/core';
import type { DeploymentReport, Platform, RunOptions } from '@espalier/platform';
import { costsOf } from '../activity/run-costs.ts';
import { withProbeWorkflow } from './probe-workflow.ts';

/** What came of asking a deployment for one word. */
export interface Asked {
  run: string | undefined;
  /** From its first request to the end of its answer, in milliseconds. */
  durationMs: number;
  answer: string | undefined;
  /** Of all its requests, in pico-dollars. */
  cost: bigint;
  inputTokens: number;
  outputTokens: number;
  error: Fault | undefined;
}

interface AskOptions {
  workflow: Workflow;
  /** Of the workflow; absolute. */
  directory: string;
  starter: Pick<RunOptions, 'user' | 'session'>;
  /** Aborted with an error if nobody wants the answer any more. */
  signal: AbortSignal;
  /** Told how long is waited because of a rate limit, in milliseconds. */
  onWait(ms: number): void;
}

/** Asks a deployment for one word in a run of its own, so that gate, budgets and books hold as for every other request. */
export async function askDeployment(platform: Platform, { candidate }: DeploymentReport, options: AskOptions): Promise<Asked> {
  const { workflow, directory, starter, signal } = options;
  const events: JournalEvent[] = [];
  let run: string | undefined;
  try {
    return await withProbeWorkflow(candidate.id, { ...workflow, directory }, async (probe) => {
      const open = await platform.open(probe);
      const observe = (event: JournalEvent) => void events.push(event);
      const handle = await patiently(() => open.run({ input: 'Are you there?', ...starter, observe }), options);
      run = handle.run;
      const cancel = () => void handle.cancel('cancelled with Ctrl-C').catch(() => {}); // it has ended by itself
      signal.addEventListener('abort', cancel, { once: true });
      await handle.ended;
      signal.removeEventListener('abort', cancel);
      signal.throwIfAborted();
      return { run, ...outcomeOf(events) };
    });
  } catch (thrown) {
    return { run, ...outcomeOf(events), error: faultOf(thrown) };
  }
}

/** Begins something that may be held back by a rate limit; waits for at most a minute at a time. */
async function patiently<T>(begin: () => Promise<T>, { signal, onWait }: Pick<AskOptions, 'signal' | 'onWait'>): Promise<T> {
  for (;;) {
    try {
      return await begin();
    } catch (thrown) {
      const ms = thrown instanceof EspalierError && thrown.code === 'rate.limited' ? thrown.details?.retry_after_ms : undefined;
      if (typeof ms !== 'number' || ms > 60_000) throw thrown;
      onWait(ms);
      await wait(ms, undefined, { signal }).catch(() => {}); // aborted: the loop ends with the reason
      signal.throwIfAborted();
    }
  }
}

function outcomeOf(events: readonly JournalEvent[]): Omit<Asked, 'run'> {
  const node = events.find((event) => event.type === 'node.completed' && event.payload.node === 'ask');
  const ended = node?.type === 'node.completed' ? node : undefined;
  const calls = events.filter(({ type }) => type === 'effect.started' || type === 'effect.completed' || type === 'effect.refused');
  const tokens = events.flatMap((event) => (event.type === 'usage.recorded' ? [event.payload.tokens] : []));
  const { output, error } = ended?.payload ?? {};
  return {
    durationMs: (calls.at(-1)?.at ?? 0) - (calls[0]?.at ?? 0),
    answer: typeof output === 'string' ? output : output === undefined ? undefined : JSON.stringify(output),
    cost: costsOf(events).cost,
    inputTokens: tokens.reduce((sum, { input_tokens }) => sum + input_tokens, 0),
    outputTokens: tokens.reduce((sum, { output_tokens }) => sum + output_tokens, 0),
    error,
  };
}
