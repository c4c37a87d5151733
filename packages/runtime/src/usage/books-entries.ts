import type { AccountChange, BudgetScope, TokenUsage } from '@espalier/core';

type Reserve = Extract<AccountChange, { do: 'reserve' }>;
export type Settle = Extract<AccountChange, { do: 'settle' }>;

/** One request to a provider. */
export interface UsageEntry extends Omit<Reserve, 'do'> {
  run: string;
  status: 'reserved' | 'recorded' | 'assumed';
  /** Nothing before it is settled. */
  cost: bigint;
  tokens: TokenUsage | undefined;
}

/** What a budget comes to. */
export interface Balance {
  cap: bigint;
  spent: bigint;
  reserved: bigint;
  isClosed: boolean;
}

export interface BudgetEntry extends Balance, Omit<BudgetScope, 'cap'> {
  /** Held for commits under way, beyond what they settle. */
  held: bigint;
  /** That were ever counted against it; none if all that wanted to were refused. */
  requests: number;
}

/** The books of one tenant. */
export interface TenantBooks {
  usage: Map<string, UsageEntry>;
  budgets: Map<string, BudgetEntry>;
}

export function emptyBooks(): TenantBooks {
  return { usage: new Map(), budgets: new Map() };
}

/** Names a try: there is one entry of it at most. */
export function usageId({ key, try: attempt }: { key: string; try: number }): string {
  return `${attempt} ${key}`;
}

/** The budget of a scope, made if there is none. */
export function budgetOf({ budgets }: TenantBooks, { scope, subject, period }: BudgetScope): BudgetEntry {
  const id = `${scope} ${period} ${subject}`; // of these only the subject may have spaces
  const known = budgets.get(id);
  if (known) return known;
  const made = { scope, subject, period, cap: 0n, spent: 0n, reserved: 0n, held: 0n, isClosed: false, requests: 0 };
  budgets.set(id, made);
  return made;
}

interface NewChanges {
  settled: { change: Settle; entry: UsageEntry }[];
  /** What was set aside too little for. */
  closed: UsageEntry[];
  reserved: Reserve[];
  /** Settled in the very commit that reserves them. */
  atOnce: { change: Settle; reserve: Reserve }[];
}

/** Which changes say something that the books do not have yet: a fact may come twice. */
export function newChanges({ usage }: TenantBooks, changes: readonly AccountChange[]): NewChanges {
  const found: NewChanges = { settled: [], closed: [], reserved: [], atOnce: [] };
  const seen = new Set<string>();
  for (const change of changes) {
    const id = usageId(change);
    if (seen.has(`${change.do} ${id}`)) continue;
    seen.add(`${change.do} ${id}`);
    const entry = usage.get(id);
    if (change.do === 'settle' && entry?.status === 'reserved') found.settled.push({ change, entry });
    const reserve = change.do === 'settle' && !entry ? found.reserved.find((other) => usageId(other) === id) : undefined;
    if (change.do === 'settle' && reserve) found.atOnce.push({ change, reserve });
    if (change.do === 'close' && entry) found.closed.push(entry);
    if (change.do === 'reserve' && !entry) found.reserved.push(change);
  }
  return found;
}
