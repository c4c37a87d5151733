import { accountChanges, type TimedEvent } from '@espalier/core';
import { budget, reservedEvent } from '@espalier/runtime/testing';
import type { Commit } from '../log/commit.ts';
import type { NewEvent } from '../log/log-event.ts';

/** A commit as the driver of `run` makes it, with what its events do to the books. */
export function accountingCommit(run: string, expected: number, events: readonly TimedEvent[], tenant = 'a'): Commit {
  const changes = accountChanges(events);
  const streams = [
    { stream: `run:${run}`, expected, epoch: 1, events: events.map(({ type, payload, at }) => ({ type, payload, at }) as NewEvent) },
  ];
  return { tenant, streams, ...(changes.length > 0 ? { accounts: { run, changes } } : {}) };
}

/** An event that sets `amount` aside in the budgets of sessions. */
export function reserving(key: string, amount: number, sessions: Readonly<Record<string, number>>, input?: string): TimedEvent {
  const scopes = Object.entries(sessions).map(([subject, cap]) => budget('session', subject, cap));
  const event = reservedEvent({ key, amount, scopes });
  return input === undefined ? event : ({ ...event, payload: { ...event.payload, input } } as TimedEvent);
}
