import type { BudgetScope, BudgetScopeName, TokenUsage } from '@espalier/core';

/** What usage can be summed up by. */
export const usageGroups = [
  'day',
  'user',
  'session',
  'agent',
  'workflow',
  'run',
  'provider',
  'model',
  'deployment',
  'cost_centre',
] as const;
export type UsageGroup = (typeof usageGroups)[number];

/** Which requests are wanted. Times in milliseconds since the epoch; `until` is not included. */
export interface UsageQuery {
  by: UsageGroup;
  since?: number | undefined;
  until?: number | undefined;
  /** Only what is charged to these. */
  where?: Partial<Record<Exclude<UsageGroup, 'day'>, string>> | undefined;
  limit?: number | undefined;
}

/** The sum of a group, the dearest first. Amounts in pico-dollars. */
export interface UsageRow extends Record<keyof TokenUsage, number> {
  /** The value that the group shares; empty where a request has none. */
  group: string;
  /** Requests to providers that were settled. */
  requests: number;
  cost: bigint;
  /** Of `cost`: what is assumed, as nobody knows what those requests have cost. */
  assumed: bigint;
  assumed_requests: number;
}

/** One budget as it stands. Amounts in pico-dollars. */
export interface BudgetStatus extends Omit<BudgetScope, 'cap'> {
  cap: bigint;
  spent: bigint;
  /** Set aside for requests under way. */
  reserved: bigint;
  /** A provider charged more than could be reserved: nothing more is admitted until the budget is opened again. */
  isClosed: boolean;
}

/** What requests to providers have cost, and what budgets are left with. Written through the journal alone (S21); one tenant's. */
export interface Ledger {
  usage(query: UsageQuery): Promise<UsageRow[]>;
  /** Budgets that were ever counted against, those of the latest periods first. */
  budgets(query?: {
    scope?: BudgetScopeName | undefined;
    subject?: string | undefined;
    limit?: number | undefined;
  }): Promise<BudgetStatus[]>;
  /** Opens what an overrun has closed. @returns how many budgets that were. */
  reopen(budget: { scope: BudgetScopeName; subject: string }): Promise<number>;
}
