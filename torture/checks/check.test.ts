import type { EffectKind, JournalEvent, TimedEvent } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { type BookedRequest, type Evidence, type LoggedEvent, nameOfEvent, type Performance, type RunEvidence } from '../evidence.ts';
import { check } from './check.ts';

const run = 'run_1';
const key = `${run}/root/charge/0`;
const effect = { key, task: 'root', node: 'charge', try: 1 };
const unknown = { code: 'effect.outcome_unknown', message: 'not known' } as const;

const begun = started();
const done: TimedEvent = { type: 'effect.completed', payload: { ...effect, outcome: 'success', output: null }, at: 30 };
const lost: TimedEvent = { type: 'effect.completed', payload: { ...effect, outcome: 'failure', error: unknown }, at: 30 };
const end: TimedEvent = { type: 'run.completed', payload: { outcome: 'success', exit: 'done' }, at: 40 };

function started(number = 1, at = 10, kind: EffectKind = 'handler'): TimedEvent {
  return { type: 'effect.started', payload: { ...effect, try: number, kind, target: 'charge', input_hash: '', verdicts: [] }, at };
}

function performed(what: Performance['what'], at: number, more: Partial<Performance> = {}): Performance {
  return { what, key, repeatable: false, at, pid: 1, ...more };
}

const once = [performed('begin', 20), performed('done', 25)];
const log: LoggedEvent[] = [
  { stream: 'run:1', seq: 1, position: '5' },
  { stream: 'run:2', seq: 1, position: '6' },
  { stream: 'task:2', seq: 1, position: '6' },
  { stream: 'run:1', seq: 2, position: '9' },
];
const inOrder = log.map(nameOfEvent);

interface Given {
  journal?: TimedEvent[];
  performances?: Performance[];
  of?: Partial<RunEvidence>;
  all?: Partial<Evidence>;
}

/** The rules that are broken by what differs from a run without fault. */
function broken({ journal = [begun, done, end], performances = once, of = {}, all = {} }: Given): string[] {
  const events = journal.map((event, index) => ({ ...event, seq: index + 1 }) as JournalEvent);
  const sound: RunEvidence = {
    run,
    row: { status: 'completed', outcome: 'success', owner: null, ended: true },
    task: { status: 'completed', outcome: 'success', run },
    journal: events,
    verification: { ok: true, events: events.length, ended: true },
  };
  const readings = [{ reader: 'pager', seen: inOrder, pauses: [1, 3, 4] }];
  const evidence = { acknowledged: [run], runs: [{ ...sound, ...of }], performances, books: [], log, readings, graceMs: 100 };
  return check({ ...evidence, ...all }).map(({ rule }) => rule);
}

function read(seen: string[], pauses: number[] = []): Given {
  return { all: { readings: [{ reader: 'pager', seen, pauses }] } };
}

describe('ENG-X7 the checks of the torture', () => {
  it('find nothing in what is sound', () => {
    expect(broken({})).toEqual([]);
    expect(broken({ journal: [begun, lost, end], performances: [performed('begin', 20)] })).toEqual([]);
    expect(broken({ journal: [started(1, 10, 'model'), done, end], performances: [] })).toEqual([]);
    expect(broken(read(['run:1#1', 'run:2#1', 'run:1#1', 'run:2#1', 'task:2#1', 'run:1#2']))).toEqual([]);
  });

  it('let what is idempotent be performed again, once for each recorded try', () => {
    const twice = [performed('begin', 20), performed('begin', 26), performed('done', 28)].map((line) => ({ ...line, repeatable: true }));
    expect(
      broken({
        journal: [begun, started(2, 25), { ...done, payload: { ...done.payload, try: 2 } } as TimedEvent, end],
        performances: twice,
      }),
    ).toEqual([]);
    expect(broken({ performances: twice })).toEqual(['effect.unrecorded']);
  });

  it.each<[string, Given]>([
    ['run.lost', { all: { acknowledged: [run, 'run_2'] } }],
    ['run.stuck', { journal: [begun, done] }],
    ['run.ended_again', { journal: [begun, done, end, end] }],
    ['journal.wrong', { of: { verification: { ok: false, divergence: { seq: 1, expected: undefined, found: undefined, reason: 'x' } } } }],
    ['row.wrong', { of: { row: { status: 'running', outcome: 'success', owner: null, ended: true } } }],
    ['row.wrong', { of: { row: { status: 'completed', outcome: 'failure', owner: null, ended: true } } }],
    ['row.wrong', { of: { row: { status: 'completed', outcome: 'success', owner: 'worker', ended: true } } }],
    ['row.wrong', { of: { row: { status: 'completed', outcome: 'success', owner: null, ended: false } } }],
    ['row.wrong', { of: { task: { status: 'in_progress', outcome: 'success', run } } }],
    ['row.wrong', { of: { task: { status: 'completed', outcome: null, run } } }],
    ['row.wrong', { of: { task: { status: 'completed', outcome: 'success', run: 'run_2' } } }],
    ['row.wrong', { of: { task: undefined } }],
  ])('find runs that are not as they should be: %s', (rule, given) => expect(broken(given)).toEqual([rule]));

  it.each<[string[], Given]>([
    [['effect.recorded_again'], { journal: [begun, done, done, end] }],
    [['effect.open'], { journal: [begun, end] }],
    [['effect.tries'], { journal: [started(2), done, end] }],
    [['effect.started_again', 'effect.restarted'], { journal: [begun, done, started(2), end] }],
    [['effect.restarted'], { journal: [begun, started(2), done, end] }],
    [['effect.unrecorded'], { journal: [end] }],
    [['effect.unrecorded', 'effect.repeated'], { performances: [...once, performed('begin', 26)] }],
    [['effect.too_early'], { performances: [performed('begin', 5), performed('done', 6)] }],
    [['effect.invented'], { performances: [performed('begin', 20)] }],
    [['effect.invented'], { performances: [] }],
    [['effect.unknown_unsaid'], { journal: [begun, failed('node.handler_failed'), end], performances: [performed('begin', 20)] }],
    [['effect.performed_again', 'effect.after_end'], { performances: [performed('begin', 141), performed('done', 142)] }],
  ])('find effects that are not as they should be: %s', (rules, given) => expect(broken(given)).toEqual(rules));

  it.each<[string, Partial<BookedRequest>[], TimedEvent[]]>([
    ['books.open', [{ status: 'reserved', cost: null }], [asked, done, end]],
    ['books.missing', [], [asked, settled, done, end]],
    ['books.settled_again', [{}], [asked, settled, settled, done, end]],
    ['books.differ', [{ cost: '6' }], [asked, settled, done, end]],
    ['books.differ', [{ status: 'reserved', cost: null }], [asked, settled, done, end]],
    ['books.invented', [{}, { try: 2 }], [asked, settled, done, end]],
  ])('S21 find books that are not what the journals say: %s', (rule, rows, journal) => {
    const books = rows.map((row) => ({ key, try: 1, status: 'recorded', cost: '5', ...row }));
    expect(broken({ journal, performances: [], all: { books } })).toEqual([rule]);
  });

  it('S21 find nothing in books that are what the journals say', () => {
    const books = [{ key, try: 1, status: 'recorded', cost: '5' }];
    expect(broken({ journal: [asked, settled, done, end], performances: [], all: { books } })).toEqual([]);
  });

  it.each<[string, Given]>([
    ['stream.gap', { all: { log: log.slice(1), readings: [] } }],
    ['stream.gap', { all: { log: [...log, ...log.slice(0, 1)], readings: [] } }],
    ['reader.missed', read(inOrder.slice(0, 3))],
    ['reader.missed', read(inOrder.slice(1))],
    ['reader.order', read(['run:2#1', 'run:1#1', 'task:2#1', 'run:1#2'])],
    ['reader.order', read([...inOrder, 'run:3#1'])],
    ['reader.torn', read(inOrder, [2])],
  ])('find streams and readers that are not as they should be: %s', (rule, given) => expect(broken(given)).toEqual([rule]));
});

const reservation = {
  ...{ deployment: 'd', provider: 'offline', model: 'text', amount: '9', prices: 'test', scopes: [] },
  charged_to: { workflow: 'w', agent: 'a', session: 's' },
};
const asked: TimedEvent = {
  type: 'effect.started',
  payload: { ...effect, kind: 'model', target: 'd', input_hash: '', verdicts: [], reservation },
  at: 10,
};
const settled: TimedEvent = {
  type: 'usage.recorded',
  payload: { ...effect, tokens: { input_tokens: 1, output_tokens: 1 }, cost: '5' },
  at: 20,
};

function failed(code: 'node.handler_failed'): TimedEvent {
  return { type: 'effect.completed', payload: { ...effect, outcome: 'failure', error: { code, message: '' } }, at: 30 };
}
