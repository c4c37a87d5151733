import type { EffectKind, EngineEvent, JournalEvent, Outcome, Payload } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { profileOf } from './profile-of.ts';

/** A journal from events, each with the milliseconds at which it happened. */
function journal(...events: readonly (readonly [number, EngineEvent])[]): JournalEvent[] {
  return events.map(([ms, event], index): JournalEvent => ({ ...event, at: 1_000_000 + ms, seq: index + 1 }));
}

const metadata = { engine_version: 'test', state_version: 1, manifest_hashes: {}, adapters: {} };
const begun: EngineEvent = {
  type: 'run.started',
  payload: { workflow: 'sample', workflow_hash: '0'.repeat(64), start: 'a', input: null, metadata },
};
const ended: EngineEvent = { type: 'run.completed', payload: { outcome: 'success' } };
const unknown = { code: 'effect.outcome_unknown', message: 'nobody knows' } as const;
const busy = { code: 'node.handler_failed', message: 'busy' } as const;
const abandoned = { code: 'effect.cancelled', message: 'its task ended' } as const;

function enter(node: string, task = 'root'): EngineEvent {
  return { type: 'node.started', payload: { task, node } };
}

function leave(node: string, { task = 'root', ...rest }: { task?: string; next?: string; outcome?: Outcome } = {}): EngineEvent {
  return { type: 'node.completed', payload: { task, node, outcome: 'success', ...rest } };
}

interface Call {
  node?: string;
  ordinal?: number;
  attempt?: number;
  tokens?: number;
}

function call(target: string, { node = 'a', ordinal = 0, attempt = 1, tokens }: Call = {}, kind: EffectKind = 'tool'): EngineEvent {
  const place = { key: `run-1/root/${node}/${ordinal}`, task: 'root', node, try: attempt };
  const payload: Payload<'effect.started'> = { ...place, kind, target, input_hash: '', verdicts: [] };
  if (tokens !== undefined)
    payload.context = [
      { source: 'input', tokens: 1 },
      { source: 'task', tokens: tokens - 1 },
    ];
  return { type: 'effect.started', payload };
}

function answer({ node = 'a', ordinal = 0, attempt = 1 }: Call = {}, error?: Payload<'effect.completed'>['error']): EngineEvent {
  const place = { key: `run-1/root/${node}/${ordinal}`, task: 'root', node, try: attempt };
  return { type: 'effect.completed', payload: { ...place, outcome: error ? 'failure' : 'success', ...(error ? { error } : {}) } };
}

function end(task: string): EngineEvent {
  return { type: 'task.completed', payload: { task, outcome: 'success' } };
}

describe('ENG-F the profile of a run', () => {
  it('has the time of a node from its start to its result, and how long it was queued', () => {
    const { nodes, duration_ms } = profileOf(
      journal([0, begun], [3, enter('a')], [13, leave('a', { next: 'b' })], [20, enter('b')], [50, leave('b', { outcome: 'failure' })]),
    );
    expect(duration_ms).toBe(50);
    expect(nodes).toMatchObject([
      {
        node: 'a',
        completed: 1,
        failures: 0,
        total_ms: 10,
        queue: { count: 1, max_ms: 3 },
        spans: [{ start_ms: 3, end_ms: 13, open: false }],
      },
      { node: 'b', completed: 1, failures: 1, total_ms: 30, queue: { count: 1, max_ms: 7 } },
    ]);
  });

  it('knows no duration of a node that is done at once, instead of calling it 0', () => {
    const { nodes } = profileOf(journal([0, begun], [9, leave('a')]));
    expect(nodes).toMatchObject([{ completed: 1, untimed: 1, total_ms: null, durations: null, queue: null }]);
  });

  it('has mean, percentiles by nearest rank, and the maximum of what is over', () => {
    const calls = Array.from({ length: 30 }, (_, index) => [
      [index * 100, call('t', { ordinal: index })] as const,
      [index * 100 + index + 1, answer({ ordinal: index })] as const,
    ]);
    const { effects } = profileOf(journal([0, begun], ...calls.flat()));
    expect(effects[0]?.durations).toEqual({ count: 30, mean_ms: 15.5, p50_ms: 15, p95_ms: 29, max_ms: 30 });
    expect(effects[0]?.total_ms).toBe(465);
  });

  it('counts every moment of the run once: effects side by side are not added up', () => {
    const { time, effects } = profileOf(
      journal(
        [0, begun],
        [0, enter('a')],
        [10, call('slow', { ordinal: 0 })],
        [20, call('quick', { ordinal: 1 })],
        [30, answer({ ordinal: 1 })],
        [60, answer({ ordinal: 0 })],
        [70, leave('a')],
      ),
    );
    expect(effects.map(({ target, total_ms }) => [target, total_ms])).toEqual([
      ['slow', 50],
      ['quick', 10],
    ]);
    expect(time).toEqual({ effects_ms: 50, waiting_ms: 0, interrupted_ms: 0, paused_ms: 0, engine_ms: 20 });
  });

  it('counts timers as waiting, unless someone works meanwhile', () => {
    const { time, nodes, effects } = profileOf(
      journal(
        [0, begun],
        [0, enter('a')],
        [0, call('wait', { ordinal: 0 }, 'timer')],
        [40, call('work', { ordinal: 1 })],
        [60, answer({ ordinal: 1 })],
        [100, answer({ ordinal: 0 })],
        [100, leave('a')],
      ),
    );
    expect(time).toMatchObject({ effects_ms: 20, waiting_ms: 80, engine_ms: 0 });
    expect(nodes).toMatchObject([{ total_ms: 100, waiting_ms: 100 }]);
    expect(effects).toMatchObject([{ kind: 'timer', waits: true, total_ms: 100 }, { waits: false }]);
  });

  it('tells calls from tries, and takes the time of each try', () => {
    const { effects, counters } = profileOf(
      journal(
        [0, begun],
        [0, call('m', {}, 'model')],
        [5, answer({}, busy)],
        [25, call('m', { attempt: 2 }, 'model')],
        [32, answer({ attempt: 2 })],
      ),
    );
    expect(effects).toMatchObject([{ calls: 1, tries: 2, retries: 1, failures: 1, total_ms: 12, durations: { max_ms: 7 } }]);
    expect(counters).toMatchObject({ effects: 1, retries: 1 });
  });

  it.each([
    [
      'another process took up',
      [
        [90, call('t', { attempt: 2 })],
        [95, answer({ attempt: 2 })],
      ],
      { tries: 2, failures: 0, total_ms: 5 },
    ],
    [
      'nobody may repeat',
      [
        [90, answer({}, unknown)],
        [95, leave('a')],
      ],
      { tries: 1, failures: 0, total_ms: null },
    ],
  ] as const)('does not know how long a try took that %s', (_, events, expected) => {
    const { effects, time } = profileOf(journal([0, begun], [10, call('t')], ...events));
    expect(effects).toMatchObject([{ calls: 1, interrupted: 1, in_flight: { last: 0, max: 1 }, ...expected }]);
    expect(time.interrupted_ms).toBe(80);
  });

  it('tells what was abandoned and what was refused from what failed', () => {
    const refusal: Payload<'effect.refused'> = {
      key: 'run-1/root/a/1',
      task: 'root',
      node: 'a',
      kind: 'tool',
      target: 't',
      verdicts: [],
      error: { code: 'node.handler_failed', message: 'no' },
    };
    const { effects, counters } = profileOf(
      journal([0, begun], [0, call('t')], [9, answer({}, abandoned)], [9, { type: 'effect.refused', payload: refusal }]),
    );
    expect(effects).toMatchObject([{ calls: 2, tries: 1, failures: 0, cancelled: 1, refused: 1, total_ms: 9 }]);
    expect(counters).toMatchObject({ effects: 2, retries: 0, refused: 1 });
  });

  it('gauges the size of contexts, per run, node, effect and task', () => {
    const gauge = { last: 30, max: 50 };
    const { context_tokens, nodes, effects, tasks } = profileOf(
      journal(
        [0, begun],
        [0, call('m', { ordinal: 0, tokens: 50 }, 'model')],
        [1, answer({ ordinal: 0 })],
        [1, call('m', { ordinal: 1, tokens: 30 }, 'model')],
        [2, call('t', { ordinal: 2 })],
      ),
    );
    expect([context_tokens, nodes[0]?.context_tokens, tasks[0]?.context_tokens]).toEqual([gauge, gauge, gauge]);
    expect(effects.map((effect) => effect.context_tokens)).toEqual([gauge, null]);
  });

  it('marks what is under way as open, up to the last event', () => {
    const {
      ended: isEnded,
      nodes,
      effects,
      tasks,
    } = profileOf(journal([0, begun], [5, enter('a')], [6, call('t')], [9, { type: 'run.paused', payload: {} }]));
    expect(isEnded).toBe(false);
    expect(nodes).toMatchObject([{ completed: 0, under_way: { last: 1 }, total_ms: 4, durations: null, spans: [{ open: true }] }]);
    expect(effects).toMatchObject([{ total_ms: 3, in_flight: { last: 1 }, spans: [{ start_ms: 6, end_ms: 9, open: true }] }]);
    expect(tasks).toMatchObject([{ end: null, life: { start_ms: 0, end_ms: 9, open: true }, waiting_ms: 5 }]);
  });

  it('counts a pause in which nothing is in flight', () => {
    const { time } = profileOf(
      journal(
        [0, begun],
        [0, call('t')],
        [10, { type: 'run.paused', payload: {} }],
        [15, answer()],
        [40, { type: 'run.resumed', payload: {} }],
        [41, ended],
      ),
    );
    expect(time).toEqual({ effects_ms: 15, waiting_ms: 0, interrupted_ms: 0, paused_ms: 25, engine_ms: 1 });
  });

  it('takes a clock that went back for one that stood still', () => {
    const { duration_ms, nodes, time } = profileOf(journal([100, begun], [110, enter('a')], [50, leave('a')], [130, ended]));
    expect(duration_ms).toBe(30);
    expect(nodes[0]?.durations?.max_ms).toBe(0);
    expect(time.engine_ms).toBe(30);
  });

  it('of an empty journal is empty', () => {
    expect(profileOf([])).toMatchObject({
      started_at: null,
      duration_ms: 0,
      ended: false,
      nodes: [],
      effects: [],
      tasks: [],
      critical_path: [],
    });
  });
});

describe('ENG-F the profile of derived tasks', () => {
  const arrived = ['root/fork.0', 'root/fork.1'];
  const events = journal(
    [0, begun],
    [0, leave('fork')],
    [2, { type: 'task.derived', payload: { task: 'root', node: 'fork', as: 'clones', count: 2 } }],
    [4, enter('quick', 'root/fork.0')],
    [5, enter('slow', 'root/fork.1')],
    [14, leave('quick', { task: 'root/fork.0', next: 'join' })],
    [65, leave('slow', { task: 'root/fork.1', next: 'join' })],
    [65, { type: 'merge.fired', payload: { task: 'root', node: 'join', arrived, failed: [], outcome: 'success' } }],
    [68, enter('join')],
    [78, leave('join')],
    [78, end('root')],
    [80, ended],
  );

  it('has their lives, and how much of them they waited', () => {
    const { tasks, tasks_alive, counters } = profileOf(events);
    expect(
      tasks.map(({ task, end: how, total_ms, waiting_ms, life }) => [task, how, life.start_ms, life.end_ms, total_ms, waiting_ms]),
    ).toEqual([
      ['root', 'completed', 0, 78, 10, 68],
      ['root/fork.0', 'merged', 2, 65, 10, 53],
      ['root/fork.1', 'merged', 2, 65, 60, 3],
    ]);
    expect(tasks_alive).toEqual({ last: 0, max: 3 });
    expect(counters.tasks).toBe(3);
  });

  it('is ready when it is derived, and goes on when its merge fires', () => {
    const queued = profileOf(events).nodes.map(({ node, queue }) => [node, queue?.max_ms]);
    expect(queued).toEqual([
      ['fork', undefined],
      ['quick', 2],
      ['slow', 3],
      ['join', 3],
    ]);
  });

  it('finds the path that the end of the run had to wait for', () => {
    expect(profileOf(events).critical_path).toEqual([
      { task: 'root', node: 'fork', queued_ms: null, duration_ms: null, open: false },
      { task: 'root/fork.1', node: 'slow', queued_ms: 3, duration_ms: 60, open: false },
      { task: 'root', node: 'join', queued_ms: 3, duration_ms: 10, open: false },
    ]);
    const underWay = profileOf(events.slice(0, 6)).critical_path;
    expect(underWay.at(-1)).toMatchObject({ node: 'slow', open: true, duration_ms: 9 });
  });

  it('ends the path of a run that was stopped at what it was stopped in', () => {
    const stopped = journal(
      [0, begun],
      [0, enter('a')],
      [10, leave('a', { next: 'b' })],
      [10, enter('b')],
      [50, { type: 'run.deadline_passed', payload: { deadline_ms: 50 } }],
      [50, end('root')],
      [50, ended],
    );
    const { critical_path, nodes } = profileOf(stopped);
    expect(critical_path.map(({ node, duration_ms }) => [node, duration_ms])).toEqual([
      ['a', 10],
      ['b', 40],
    ]);
    expect(nodes[1]).toMatchObject({ completed: 0, cancelled: 1, total_ms: 40 });
  });
});
