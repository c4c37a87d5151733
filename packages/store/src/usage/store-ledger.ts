import type { BudgetStatus, Ledger, UsageGroup, UsageQuery, UsageRow } from '@espalier/runtime/ports';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Tables, UsageTable } from '../database/tables.ts';

/** A transaction in which only one tenant's rows are seen. */
type Within = <T>(use: (trx: Transaction<Tables>) => Promise<T>) => Promise<T>;

/** The books of one tenant in the database; they change in the commits of its journals (S21). */
export function storeLedger(within: Within, tenant: string): Ledger {
  return {
    usage: (query) => within((trx) => usageRows(trx, tenant, query)),
    budgets: (query) => within((trx) => budgets(trx, tenant, query)),
    reopen: (budget) => within((trx) => reopen(trx, { tenant, ...budget })),
  };
}

const columnOf: Readonly<Record<Exclude<UsageGroup, 'day'>, keyof UsageTable>> = {
  user: 'charged_user',
  session: 'session',
  agent: 'agent',
  workflow: 'workflow',
  run: 'run',
  provider: 'provider',
  model: 'model',
  deployment: 'deployment',
  cost_centre: 'cost_centre',
};

async function usageRows(db: Kysely<Tables>, tenant: string, { by, since, until, where = {}, limit }: UsageQuery): Promise<UsageRow[]> {
  const group = groupText(by);
  let query = db
    .selectFrom('espalier.usage')
    .select([group.as('group'), ...sums])
    .where('tenant', '=', tenant)
    .where(sql<boolean>`tenant <> ''`) // the condition of the indexes
    .where('status', '<>', 'reserved');
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<', until);
  for (const [name, value] of Object.entries(where) as [keyof typeof columnOf, string][]) {
    const column = columnOf[name];
    query = value === '' ? query.where(column, 'is', null) : query.where(column, '=', value);
  }
  if (limit !== undefined) query = query.limit(limit);
  const rows = await query.groupBy(group).orderBy(sql`sum(cost)`, 'desc').orderBy(sql`${group} collate "C"`).execute();
  return rows.map(usageRow);
}

/** Days are those of UTC, as the periods of budgets are. */
function groupText(by: UsageGroup): RawBuilder<string> {
  if (by === 'day') return sql<string>`to_char(to_timestamp(at / 1000) at time zone 'UTC', 'YYYY-MM-DD')`;
  return sql<string>`coalesce(${sql.ref(columnOf[by])}, '')`;
}

/** As text: a sum of bigint has more digits than a number. */
const sums = [
  sql<string>`count(*)::text`.as('requests'),
  sql<string>`sum(cost)::text`.as('cost'),
  sql<string>`coalesce(sum(cost) filter (where status = 'assumed'), 0)::text`.as('assumed'),
  sql<string>`(count(*) filter (where status = 'assumed'))::text`.as('assumed_requests'),
  sql<string>`coalesce(sum(input_tokens), 0)::text`.as('input_tokens'),
  sql<string>`coalesce(sum(output_tokens), 0)::text`.as('output_tokens'),
  sql<string>`coalesce(sum(cache_read_tokens), 0)::text`.as('cache_read_tokens'),
  sql<string>`coalesce(sum(cache_write_tokens), 0)::text`.as('cache_write_tokens'),
  sql<string>`coalesce(sum(reasoning_tokens), 0)::text`.as('reasoning_tokens'),
] as const;

function usageRow({ group, cost, assumed, ...counts }: Record<keyof UsageRow, string>): UsageRow {
  return {
    group,
    cost: BigInt(cost),
    assumed: BigInt(assumed),
    requests: Number(counts.requests),
    assumed_requests: Number(counts.assumed_requests),
    input_tokens: Number(counts.input_tokens),
    output_tokens: Number(counts.output_tokens),
    cache_read_tokens: Number(counts.cache_read_tokens),
    cache_write_tokens: Number(counts.cache_write_tokens),
    reasoning_tokens: Number(counts.reasoning_tokens),
  };
}

async function budgets(db: Kysely<Tables>, tenant: string, query: Parameters<Ledger['budgets']>[0] = {}): Promise<BudgetStatus[]> {
  const { scope, subject, limit } = query;
  let rows = db
    .selectFrom('espalier.budgets')
    .select(['scope', 'subject', 'period', 'cap', 'spent', 'reserved', 'closed'])
    .where('tenant', '=', tenant)
    .orderBy('period', 'desc')
    .orderBy('scope')
    .orderBy('subject');
  if (scope !== undefined) rows = rows.where('scope', '=', scope);
  if (subject !== undefined) rows = rows.where('subject', '=', subject);
  if (limit !== undefined) rows = rows.limit(limit);
  return (await rows.execute()).map(({ cap, spent, reserved, closed, ...budget }) => ({
    ...budget,
    cap: BigInt(cap),
    spent: BigInt(spent),
    reserved: BigInt(reserved),
    isClosed: closed,
  }));
}

/** Locks in the order in which commits do. */
async function reopen(db: Kysely<Tables>, { tenant, scope, subject }: { tenant: string; scope: string; subject: string }): Promise<number> {
  const { numAffectedRows } = await sql`
    with closed_budget as materialized (
      select period from espalier.budgets
      where tenant = ${tenant} and scope = ${scope} and subject = ${subject} and closed order by period for update
    )
    update espalier.budgets b set closed = false from closed_budget c
    where b.tenant = ${tenant} and b.scope = ${scope} and b.subject = ${subject} and b.period = c.period`.execute(db);
  return Number(numAffectedRows ?? 0);
}
