import { type AccountChange, type BudgetAlert, type BudgetScope, budgetExceeded, isAlerting, type Reservation } from '@espalier/core';
import type { PendingChanges } from './accounting-journal.ts';
import {
  type Balance,
  type BudgetEntry,
  budgetOf,
  newChanges,
  type Settle,
  type TenantBooks,
  type UsageEntry,
  usageId,
} from './books-entries.ts';

/**
 * Holds room for what a commit sets aside, less what it frees itself, and writes the entries once the commit is there. What is freed
 * is free for others only then: they might have taken it when the commit turns out not to be written.
 * @throws EspalierError `budget.exceeded`; the books are then as before.
 */
export function prepareChanges(books: TenantBooks, run: string, changes: readonly AccountChange[]): PendingChanges {
  const held = [...balancesAfter(books, changes)].map(([budget, after]) => {
    const amount = total(after) - total(budget) - budget.held;
    return { budget, amount: amount > 0n ? amount : 0n };
  });
  for (const { budget, amount } of held) budget.held += amount;
  const release = () => {
    for (const { budget, amount } of held) budget.held -= amount;
  };
  return {
    keep() {
      release();
      return enter(books, run, changes);
    },
    drop: release,
  };
}

/** What budgets come to with a commit, if they admit it. */
function balancesAfter(books: TenantBooks, changes: readonly AccountChange[]): Map<BudgetEntry, Balance> {
  const balances = new Map<BudgetEntry, Balance>();
  const balanceOf = (scope: BudgetScope) => {
    const budget = budgetOf(books, scope);
    const balance = balances.get(budget) ?? { ...budget, reserved: budget.reserved + budget.held };
    balances.set(budget, balance);
    return balance;
  };
  post(books, changes, balanceOf, true);
  return balances;
}

/** Writes what a commit does. @returns the budgets that it brought to where a person should know. */
function enter(books: TenantBooks, run: string, changes: readonly AccountChange[]): BudgetAlert[] {
  const { settled, reserved, atOnce } = newChanges(books, changes);
  const alerts = alertsOf(books, reserved);
  post(books, changes, (scope) => budgetOf(books, scope), false);
  for (const { change, entry } of settled) enterSettlement(entry, change);
  for (const { do: _, ...change } of reserved) {
    books.usage.set(usageId(change), { ...change, run, status: 'reserved', cost: 0n, tokens: undefined });
    for (const scope of change.reservation.scopes) budgetOf(books, scope).requests += 1;
  }
  for (const { change } of atOnce) {
    const entry = books.usage.get(usageId(change));
    if (entry) enterSettlement(entry, change);
  }
  return alerts();
}

function enterSettlement(entry: UsageEntry, { isAssumed, cost, tokens }: Settle): void {
  Object.assign(entry, { status: isAssumed ? 'assumed' : 'recorded', cost: BigInt(cost), tokens });
}

/** To be called before the books change; what it returns, afterwards. A budget that several reservations count against is told of with the last. */
function alertsOf(books: TenantBooks, reserved: ReturnType<typeof newChanges>['reserved']): () => BudgetAlert[] {
  const before = new Map<BudgetEntry, { total: bigint; alert: Omit<BudgetAlert, 'used'> }>();
  for (const { key, try: attempt, task, node, reservation } of reserved) {
    for (const budget of reservation.scopes) {
      const entry = budgetOf(books, budget);
      before.set(entry, { total: before.get(entry)?.total ?? total(entry), alert: { key, try: attempt, task, node, budget } });
    }
  }
  return () =>
    [...before].flatMap(([entry, { total: was, alert }]) => {
      return isAlerting({ cap: entry.cap, before: was, after: total(entry) }) ? [{ ...alert, used: String(total(entry)) }] : [];
    });
}

/** Changes balances as a commit does: what it settles comes before what it reserves (S21). */
function post(books: TenantBooks, changes: readonly AccountChange[], balanceOf: (scope: BudgetScope) => Balance, mayRefuse: boolean): void {
  const { settled, closed, reserved, atOnce } = newChanges(books, changes);
  for (const { change, entry } of settled) settle(entry.reservation, change, balanceOf);
  for (const balance of closed.flatMap(({ reservation }) => reservation.scopes).map(balanceOf)) balance.isClosed = true;
  for (const { key, try: attempt, reservation } of reserved) {
    const wanted = BigInt(reservation.amount);
    for (const { cap, ...scope } of reservation.scopes) {
      const balance = balanceOf({ cap, ...scope });
      balance.cap = BigInt(cap);
      const isFull = balance.isClosed || total(balance) + wanted > balance.cap;
      if (mayRefuse && isFull) throw budgetExceeded({ ...balance, key, try: attempt, ...scope, wanted });
      balance.reserved += wanted;
    }
  }
  for (const { change, reserve } of atOnce) settle(reserve.reservation, change, balanceOf);
}

function settle({ amount, scopes }: Reservation, { cost }: { cost: string }, balanceOf: (scope: BudgetScope) => Balance): void {
  for (const balance of scopes.map(balanceOf)) {
    balance.reserved -= BigInt(amount);
    balance.spent += BigInt(cost);
  }
}

function total({ spent, reserved }: Balance): bigint {
  return spent + reserved;
}
