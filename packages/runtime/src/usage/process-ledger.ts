import type { BudgetStatus, Ledger, UsageGroup, UsageQuery, UsageRow } from '../ports/ledger.ts';
import type { TenantBooks, UsageEntry } from './books-entries.ts';

/** The ledger over the books of one tenant in this process. */
export function processLedger(books: TenantBooks): Ledger {
  return {
    usage: async (query) => usageRows([...books.usage.values()], query),
    async budgets({ scope, subject, limit } = {}) {
      const found = [...books.budgets.values()].filter(
        (budget) => budget.requests > 0 && budget.scope === (scope ?? budget.scope) && budget.subject === (subject ?? budget.subject),
      );
      return found
        .map(({ held, requests: _, ...budget }) => ({ ...budget, reserved: budget.reserved + held }))
        .sort(byPeriod)
        .slice(0, limit);
    },
    async reopen({ scope, subject }) {
      const closed = [...books.budgets.values()].filter(
        (budget) => budget.isClosed && budget.scope === scope && budget.subject === subject,
      );
      for (const budget of closed) budget.isClosed = false;
      return closed.length;
    },
  };
}

function usageRows(entries: readonly UsageEntry[], { by, since, until, where = {}, limit }: UsageQuery): UsageRow[] {
  const conditions = Object.entries(where) as [UsageGroup, string | undefined][];
  const rows = new Map<string, UsageRow>();
  for (const entry of entries) {
    if (entry.status === 'reserved' || entry.at < (since ?? entry.at) || (until !== undefined && entry.at >= until)) continue;
    if (conditions.some(([group, value]) => value !== undefined && groupOf[group](entry) !== value)) continue;
    const group = groupOf[by](entry);
    const row = rows.get(group) ?? emptyRow(group);
    rows.set(group, row);
    add(row, entry);
  }
  return [...rows.values()].sort(byCost).slice(0, limit);
}

const groupOf: Readonly<Record<UsageGroup, (entry: UsageEntry) => string>> = {
  day: ({ at }) => new Date(at).toISOString().slice(0, 10),
  user: ({ reservation }) => reservation.charged_to.user ?? '',
  session: ({ reservation }) => reservation.charged_to.session,
  agent: ({ reservation }) => reservation.charged_to.agent,
  workflow: ({ reservation }) => reservation.charged_to.workflow,
  run: ({ run }) => run,
  provider: ({ reservation }) => reservation.provider,
  model: ({ reservation }) => reservation.model,
  deployment: ({ reservation }) => reservation.deployment,
  cost_centre: ({ reservation }) => reservation.charged_to.cost_centre ?? '',
};

function emptyRow(group: string): UsageRow {
  const tokens = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0 };
  return { group, requests: 0, cost: 0n, assumed: 0n, assumed_requests: 0, ...tokens };
}

const tokenKinds = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens', 'reasoning_tokens'] as const;

function add(row: UsageRow, { cost, tokens, status }: UsageEntry): void {
  row.requests += 1;
  row.cost += cost;
  if (status === 'assumed') {
    row.assumed += cost;
    row.assumed_requests += 1;
  }
  for (const kind of tokenKinds) row[kind] += tokens?.[kind] ?? 0;
}

function byCost(left: UsageRow, right: UsageRow): number {
  if (left.cost !== right.cost) return left.cost > right.cost ? -1 : 1;
  return left.group < right.group ? -1 : 1;
}

function byPeriod(left: BudgetStatus, right: BudgetStatus): number {
  if (left.period !== right.period) return left.period > right.period ? -1 : 1;
  const [a, b] = [`${left.scope} ${left.subject}`, `${right.scope} ${right.subject}`];
  return a < b ? -1 : 1;
}
