import type { BudgetScope, Reservation, TimedEvent, TokenUsage } from '@espalier/core';

/** Noon of 2026-11-30. */
export const noon = Date.UTC(2026, 10, 30, 12);

/** A budget of `cap` pico-dollars. */
export function budget(scope: BudgetScope['scope'], subject: string, cap: number | string, period = ''): BudgetScope {
  return { scope, subject, period, cap: String(cap) };
}

/** One try, as its events name it. */
export interface SampleTry {
  key: string;
  try?: number;
  at?: number;
}

interface SampleReservation extends SampleTry, Partial<Omit<Reservation, 'amount' | 'charged_to'>> {
  amount: number | string;
  charged_to?: Partial<Reservation['charged_to']>;
}

/** The event that announces a model call and sets `amount` aside for it. */
export function reservedEvent({ key, try: attempt = 1, at = noon, amount, charged_to, ...more }: SampleReservation): TimedEvent {
  const reservation: Reservation = {
    ...{ deployment: 'fast', provider: 'offline', model: 'text', prices: 'p1', scopes: [] },
    ...more,
    amount: String(amount),
    charged_to: { workflow: 'letters', agent: 'writer', session: 's1', ...charged_to },
  };
  return {
    type: 'effect.started',
    payload: { ...placeOf(key, attempt), kind: 'model', target: 'offline/text', input_hash: 'h', verdicts: [], reservation },
    at,
  };
}

/** The event that settles a try with what it has cost. */
export function settledEvent(
  { key, try: attempt = 1, at = noon }: SampleTry,
  cost: number | string,
  tokens: Partial<TokenUsage> = {},
): TimedEvent {
  const all: TokenUsage = { input_tokens: 10, output_tokens: 2, ...tokens };
  return { type: 'usage.recorded', payload: { ...placeOf(key, attempt), tokens: all, cost: String(cost) }, at };
}

/** The event that settles a try of which nobody knows what it has cost. */
export function assumedEvent({ key, try: attempt = 1, at = noon }: SampleTry, cost: number | string): TimedEvent {
  const error = { code: 'effect.outcome_unknown' as const, message: 'nobody knows' };
  return { type: 'usage.assumed', payload: { ...placeOf(key, attempt), cost: String(cost), error }, at };
}

/** The event that closes the budgets of a try. */
export function overrunEvent({ key, try: attempt = 1, at = noon }: SampleTry, scopes: readonly BudgetScope[]): TimedEvent {
  return { type: 'budget.overrun', payload: { ...placeOf(key, attempt), reserved: '1', cost: '2', scopes: [...scopes] }, at };
}

function placeOf(key: string, attempt: number) {
  return { key, try: attempt, task: 'root', node: 'draft' };
}
