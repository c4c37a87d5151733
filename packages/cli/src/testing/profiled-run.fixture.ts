import type { EffectKind, EngineEvent, JournalEvent } from '@espalier/core';

const metadata = { engine_version: 'test', state_version: 1, manifest_hashes: {}, adapters: {} };
const reviews = [0, 1, 2].map((index) => `root/each.${index}`);

/**
 * A run with known times: `plan` asks a model; three subtasks are reviewed, two at a time; a timer; `publish` calls a tool whose process
 * ends in its first try.
 */
export const profiledRun: readonly JournalEvent[] = (
  [
    [0, { type: 'run.started', payload: { workflow: 'reviews', workflow_hash: 'a'.repeat(64), start: 'start', input: null, metadata } }],
    [0, completed('start', 'root', 'plan')],
    [0, started('plan')],
    [20, call('model', 'offline/text', { node: 'plan', tokens: 350 })],
    [900, answer('plan')],
    [900, completed('plan', 'root', 'each')],
    [900, completed('each', 'root')],
    [900, { type: 'task.derived', payload: { task: 'root', node: 'each', as: 'subtasks', count: 3 } }],
    [900, started('review', 'root/each.0')],
    [910, call('model', 'offline/text', { node: 'review', task: 'root/each.0', tokens: 1200 })],
    [910, started('review', 'root/each.1')],
    [920, call('model', 'offline/text', { node: 'review', task: 'root/each.1', tokens: 800 })],
    [2300, answer('review', 'root/each.0')],
    [2300, completed('review', 'root/each.0', 'join')],
    [2300, started('review', 'root/each.2')],
    [2310, call('model', 'offline/text', { node: 'review', task: 'root/each.2', tokens: 600 })],
    [3000, answer('review', 'root/each.1')],
    [3000, completed('review', 'root/each.1', 'join')],
    [3100, answer('review', 'root/each.2')],
    [3100, completed('review', 'root/each.2', 'join')],
    [3100, { type: 'merge.fired', payload: { task: 'root', node: 'join', arrived: reviews, failed: [], outcome: 'success' } }],
    [3100, completed('join', 'root', 'cool_down')],
    [3100, started('cool_down')],
    [3100, call('timer', 'wait', { node: 'cool_down' })],
    [4100, answer('cool_down')],
    [4100, completed('cool_down', 'root', 'publish')],
    [4100, started('publish')],
    [4110, call('tool', 'write_file', { node: 'publish' })],
    [5110, call('tool', 'write_file', { node: 'publish', attempt: 2 })],
    [5160, answer('publish', 'root', 2)],
    [5160, completed('publish', 'root', 'done')],
    [5160, completed('done', 'root')],
    [5160, { type: 'task.completed', payload: { task: 'root', outcome: 'success', exit: 'done' } }],
    [5160, { type: 'run.completed', payload: { outcome: 'success', exit: 'done' } }],
  ] satisfies [number, EngineEvent][]
).map(([ms, event], index): JournalEvent => ({ ...event, at: 1_000_000 + ms, seq: index + 1 }));

function started(node: string, task = 'root'): EngineEvent {
  return { type: 'node.started', payload: { task, node } };
}

function completed(node: string, task: string, next?: string): EngineEvent {
  return { type: 'node.completed', payload: { task, node, outcome: 'success', ...(next === undefined ? {} : { next }) } };
}

interface Call {
  node: string;
  task?: string;
  attempt?: number;
  tokens?: number;
}

function call(kind: EffectKind, target: string, { node, task = 'root', attempt = 1, tokens }: Call): EngineEvent {
  const context = tokens === undefined ? {} : { context: [{ source: 'input' as const, tokens }] };
  const place = { key: `run/${task}/${node}/0`, task, node, try: attempt };
  return { type: 'effect.started', payload: { ...place, kind, target, input_hash: '', verdicts: [], ...context } };
}

function answer(node: string, task = 'root', attempt = 1): EngineEvent {
  return { type: 'effect.completed', payload: { key: `run/${task}/${node}/0`, task, node, try: attempt, outcome: 'success' } };
}
