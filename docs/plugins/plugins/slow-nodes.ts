import type { JournalEvent } from '@espalier/core';

interface Context {
  plugin: string;
  workflow: string;
  run: string;
  config: { at_least_ms: number };
}

/** When each node under way began, by run, task and node. */
const began = new Map<string, number>();

/** Called with every event, one after another. */
export function observe({ type, payload, at }: JournalEvent, { run, config }: Context): void {
  if (type !== 'node.started' && type !== 'node.completed') return;
  const visit = `${run} ${payload.task} ${payload.node}`;
  const startedAt = began.get(visit);
  began.delete(visit);
  if (type === 'node.started') began.set(visit, at);
  else if (startedAt !== undefined && at - startedAt >= config.at_least_ms) say(`${payload.node} took ${at - startedAt} ms`);
}

/** Optional: called when no more events will come. */
export function close(): void {
  if (began.size > 0) say(`${began.size} nodes are still under way`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
