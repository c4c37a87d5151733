/* For tests: the requests that the journal of a run has on record, and their sums as the ledger gives them. */
import type { Fault, JournalEvent } from '@espalier/core';
import type { UsageRow } from '@espalier/runtime/ports';
import type { Platform } from '../../index.ts';

/** One request of a run to a deployment. Amounts in pico-dollars. */
export interface RecordedTry {
  run: string;
  node: string;
  key: string;
  deployment: string;
  /** The budgets that it counts against, each as `scope subject period`. */
  scopes: string[];
  cost: bigint;
  isAssumed: boolean;
  /** Why it came to nothing. */
  error: Fault | undefined;
}

/** @throws Error if what was reserved for a try was not settled exactly once. */
export function recordedTries(run: string, events: readonly JournalEvent[]): RecordedTry[] {
  return events.flatMap((event) => {
    if (event.type !== 'effect.started' || !event.payload.reservation) return [];
    const { key, try: number, node, reservation } = event.payload;
    const settlements = events.flatMap((each) => {
      const isUsage = each.type === 'usage.recorded' || each.type === 'usage.assumed';
      return isUsage && each.payload.key === key && each.payload.try === number ? [each] : [];
    });
    const [settlement, second] = settlements;
    if (!settlement || second) throw new Error(`Try ${number} of ${key} was settled ${settlements.length} times.`);
    const { cost, error } = settlement.payload;
    const isAssumed = settlement.type === 'usage.assumed';
    const scopes = reservation.scopes.map(({ scope, subject, period }) => `${scope} ${subject} ${period}`);
    return {
      run,
      node,
      key,
      deployment: reservation.deployment,
      scopes,
      cost: BigInt(cost),
      isAssumed,
      error,
    };
  });
}

/** What the ledger says of a group, apart from tokens. */
export type LedgerRow = Pick<UsageRow, 'group' | 'requests' | 'cost' | 'assumed' | 'assumed_requests'>;

export async function ledgerRows(platform: Pick<Platform, 'usage'>, by: 'run' | 'deployment'): Promise<LedgerRow[]> {
  const rows = await platform.usage({ by });
  return byGroup(
    rows.map(({ group, requests, cost, assumed, assumed_requests }) => ({ group, requests, cost, assumed, assumed_requests })),
  );
}

/** What the ledger has to say of tries. */
export function ledgerRowsOf(tries: readonly RecordedTry[], by: 'run' | 'deployment'): LedgerRow[] {
  const groups = [...Map.groupBy(tries, (each) => each[by])];
  return byGroup(
    groups.map(([group, own]) => {
      const assumed = own.filter(({ isAssumed }) => isAssumed);
      return { group, requests: own.length, cost: sumOf(own), assumed: sumOf(assumed), assumed_requests: assumed.length };
    }),
  );
}

function sumOf(costs: readonly { cost: bigint }[]): bigint {
  return costs.reduce((sum, { cost }) => sum + cost, 0n);
}

function byGroup(rows: LedgerRow[]): LedgerRow[] {
  return rows.sort((left, right) => (left.group < right.group ? -1 : 1));
}

/** Payloads of the events of one type, in order. */
export function payloadsOf<T extends JournalEvent['type']>(events: readonly JournalEvent[], type: T) {
  return events.flatMap((event) => (event.type === type ? [event.payload as Extract<JournalEvent, { type: T }>['payload']] : []));
}
