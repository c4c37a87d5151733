import type { EngineEvent, JournalEvent } from '@espalier/core';
import { expect, it } from 'vitest';
import { costsOf } from './run-costs.ts';

const place = (key: string, number = 1) => ({ key, task: 'root', node: 'draft', try: number });

function asked(key: string, deployment: string, { number = 1, amount = '500' } = {}): EngineEvent {
  const charged_to = { workflow: 'w', agent: 'a', session: 's' };
  const reservation = {
    deployment,
    provider: 'p',
    model: 'm',
    amount,
    prices: amount === '0' ? 'free' : 'declared',
    scopes: [],
    charged_to,
  };
  const what = { kind: 'model' as const, target: 'writers', input_hash: '', verdicts: [] };
  return { type: 'effect.started', payload: { ...place(key, number), ...what, reservation } };
}

function settled(key: string, cost: string, { number = 1, kind }: { number?: number; kind?: string } = {}): EngineEvent {
  const error = kind === undefined ? {} : { error: { code: 'model.failed' as const, message: 'No.', details: { kind } } };
  return { type: 'usage.recorded', payload: { ...place(key, number), tokens: { input_tokens: 10, output_tokens: 3 }, cost, ...error } };
}

function ended(key: string, outcome: 'success' | 'failure' = 'success'): EngineEvent {
  return { type: 'effect.completed', payload: { ...place(key), outcome } };
}

const journal = (...events: EngineEvent[]) => events.map((event, index): JournalEvent => ({ ...event, seq: index + 1, at: index }));

it('COG-3 sums up what costs, and leaves out what is free', () => {
  const error = { code: 'effect.outcome_unknown' as const, message: 'Gone.' };
  const assumed: EngineEvent = { type: 'usage.assumed', payload: { ...place('b'), cost: '500', error } };
  const events = journal(
    asked('a', 'main'),
    settled('a', '120'),
    ended('a'),
    asked('b', 'main'),
    assumed,
    ended('b', 'failure'),
    asked('c', 'offline/text', { amount: '0' }),
    settled('c', '0'),
    ended('c'),
  );
  expect(costsOf(events)).toEqual({ requests: 2, cost: 620n, assumed: 500n, inputTokens: 10, outputTokens: 3, fallbacks: [] });
});

it('COG-1 names who stood in for whom, how often, and why', () => {
  const fallback = (key: string) => [
    asked(key, 'main'),
    settled(key, '0', { kind: 'overloaded' }),
    asked(key, 'spare', { number: 2 }),
    settled(key, '7', { number: 2 }),
  ];
  const events = journal(...fallback('a'), ended('a'), ...fallback('b'), ended('b'), ...fallback('c'), ended('c', 'failure'));
  const [found, ...others] = costsOf(events).fallbacks;
  expect(found).toMatchObject({ node: 'draft', from: 'main', to: 'spare', times: 2, error: { details: { kind: 'overloaded' } } });
  expect(others).toEqual([]);
});

it('a second try of the same deployment is no fallback', () => {
  const events = journal(
    asked('a', 'main'),
    settled('a', '0', { kind: 'timed_out' }),
    asked('a', 'main', { number: 2 }),
    settled('a', '7', { number: 2 }),
    ended('a'),
  );
  expect(costsOf(events)).toMatchObject({ requests: 2, fallbacks: [] });
});
