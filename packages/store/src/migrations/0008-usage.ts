import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The books (S21): what requests to providers were reserved and settled with, and what budgets are left with. Amounts are pico-dollars.
 * Both change in the commits of journals alone; tenants read them, and may open a budget again.
 */
export const usage: Migration = { up, down };

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table espalier.usage (
      tenant text collate "C" not null,
      key text collate "C" not null,
      try integer not null,
      run text collate "C" not null,
      status text not null check (status in ('reserved', 'recorded', 'assumed')),
      at double precision not null,
      settled_at double precision,
      task text not null,
      node text not null,
      deployment text not null,
      provider text not null,
      model text not null,
      prices text not null,
      workflow text not null,
      agent text not null,
      session text collate "C" not null,
      charged_user text,
      cost_centre text,
      amount bigint not null check (amount >= 0),
      scopes text[] not null,
      subjects text[] not null,
      periods text[] not null,
      cost bigint check (cost >= 0),
      has_failed boolean,
      input_tokens bigint,
      output_tokens bigint,
      cache_read_tokens bigint,
      cache_write_tokens bigint,
      reasoning_tokens bigint,
      check ((status = 'reserved') = (cost is null)),
      check ((status = 'reserved') = (settled_at is null))
    ) with (fillfactor = 75)`.execute(db); // settling rewrites the row: in place as long as its page has room
  await sql`alter table espalier.usage add primary key (tenant, key, try)`.execute(db);
  // For sums. The condition, which always holds, keeps them from whoever does not name it: a plan that was made for a few hundred rows
  // would look up a try in the smallest index that begins with the tenant, and go on doing so when there are a hundred thousand.
  for (const column of ['at', 'run', 'session']) {
    const name = sql.ref(`usage_by_${column}`);
    await sql`create index ${name} on espalier.usage (tenant, ${sql.ref(column)}) where tenant <> ''`.execute(db);
  }
  await sql`
    create table espalier.budgets (
      tenant text collate "C" not null,
      scope text collate "C" not null,
      subject text collate "C" not null,
      period text collate "C" not null,
      cap bigint not null,
      spent bigint not null default 0,
      reserved bigint not null default 0,
      closed boolean not null default false,
      primary key (tenant, scope, subject, period)
    ) with (fillfactor = 50)`.execute(db);
  await sql`create index budgets_by_period on espalier.budgets (tenant, period desc, scope, subject)`.execute(db);
  await createAccount(db);
  await protect(db);
}

/**
 * Changes the books as commits do, of those in `written`: settlements first, then reservations. A change that the books know already does
 * nothing. Returns the budgets that it brought to 80 % of their cap, each with its commit. If a budget does not admit a reservation, the whole transaction fails (SQLSTATE `ESPBX`, and in the detail which and why).
 * To be called when the heads of the commits are locked: they keep two from settling one try. Budgets are changed in the order of their
 * keys, made or not, so that two calls that share several wait for each other and never in a circle.
 */
async function createAccount(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function espalier.account(changes json, written int[]) returns json language plpgsql as $$
    declare
      refusal json;
      alerts json;
    begin
      with change as materialized (
        select distinct on (c.tenant, c.key, c.try, c.kind) c.*
        from json_to_recordset(changes) as c
          (commit int, number int, kind text, tenant text, run text, key text, try int, at float8, task text, node text, deployment text,
           provider text, model text, prices text, workflow text, agent text, session text, charged_user text, cost_centre text,
           amount bigint, scopes text[], subjects text[], periods text[], caps bigint[], status text, cost bigint, has_failed boolean,
           input_tokens bigint, output_tokens bigint, cache_read_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint)
        where c.commit = any (written)
        order by c.tenant, c.key, c.try, c.kind, c.number
      ),
      known as materialized (
        select c.kind, c.at as new_at, c.status as new_status, c.cost as new_cost, c.has_failed as new_failed, c.input_tokens as new_input,
          c.output_tokens as new_output, c.cache_read_tokens as new_cache_read, c.cache_write_tokens as new_cache_write,
          c.reasoning_tokens as new_reasoning, u.*
        from change c cross join lateral (
          select * from espalier.usage u where u.tenant = c.tenant and u.key = c.key and u.try = c.try for update
        ) u where c.kind <> 'reserve'
      ),
      entry as (
        insert into espalier.usage as u
          (tenant, key, try, run, status, at, settled_at, task, node, deployment, provider, model, prices, workflow, agent, session,
           charged_user, cost_centre, amount, scopes, subjects, periods, cost, has_failed,
           input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens)
        select tenant, key, try, run, new_status, at, new_at, task, node, deployment, provider, model, prices, workflow, agent, session,
          charged_user, cost_centre, amount, scopes, subjects, periods, new_cost, new_failed,
          new_input, new_output, new_cache_read, new_cache_write, new_reasoning
        from known where kind = 'settle' and status = 'reserved'
        union all
        -- One that is settled in the very commit that reserves it is entered as what it came to.
        select c.tenant, c.key, c.try, c.run, coalesce(s.status, 'reserved'), c.at, s.at, c.task, c.node, c.deployment, c.provider, c.model,
          c.prices, c.workflow, c.agent, c.session, c.charged_user, c.cost_centre, c.amount, c.scopes, c.subjects, c.periods, s.cost, s.has_failed,
          s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens
        from change c left join change s on s.kind = 'settle' and s.tenant = c.tenant and s.key = c.key and s.try = c.try
        where c.kind = 'reserve' and not exists (select from known k where k.tenant = c.tenant and k.key = c.key and k.try = c.try)
        on conflict (tenant, key, try) do update set
          status = excluded.status, settled_at = excluded.settled_at, cost = excluded.cost, has_failed = excluded.has_failed,
          input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, cache_read_tokens = excluded.cache_read_tokens,
          cache_write_tokens = excluded.cache_write_tokens, reasoning_tokens = excluded.reasoning_tokens
        where u.status = 'reserved' and excluded.status <> 'reserved'
        returning u.tenant, u.key, u.try, u.status, u.amount, u.cost, u.scopes, u.subjects, u.periods
      ),
      reserved as materialized (
        select c.tenant, c.number, c.commit, c.key, c.try, c.task, c.node, c.amount, s.*
        from change c join entry e using (tenant, key, try)
        cross join lateral unnest(c.scopes, c.subjects, c.periods, c.caps) with ordinality as s (scope, subject, period, cap, nth)
        where c.kind = 'reserve' and not exists (select from known k where k.tenant = c.tenant and k.key = c.key and k.try = c.try)
      ),
      delta as materialized (
        select tenant, scope, subject, period, min(cap) as cap, sum(spent) as spent, sum(reserved) as reserved, bool_or(closes) as closes
        from (
          select tenant, scope, subject, period, cap, 0 as spent, amount as reserved, false as closes from reserved
          union all
          select e.tenant, s.scope, s.subject, s.period, null, e.cost, - e.amount, false
          from entry e cross join lateral unnest(e.scopes, e.subjects, e.periods) as s (scope, subject, period) where e.status <> 'reserved'
          union all
          select k.tenant, s.scope, s.subject, s.period, null, 0, 0, true
          from known k cross join lateral unnest(k.scopes, k.subjects, k.periods) as s (scope, subject, period) where k.kind = 'close'
        ) as change_of_budget
        group by tenant, scope, subject, period
      ),
      budget as (
        insert into espalier.budgets as b (tenant, scope, subject, period, cap, spent, reserved, closed)
        -- Where nothing is reserved the cap is not known: it stays as it is.
        select tenant, scope, subject, period, coalesce(cap, -1), spent, reserved, closes from delta
        order by tenant collate "C", scope collate "C", subject collate "C", period collate "C"
        on conflict (tenant, scope, subject, period) do update set
          cap = case when excluded.cap < 0 then b.cap else excluded.cap end,
          spent = b.spent + excluded.spent, reserved = b.reserved + excluded.reserved, closed = b.closed or excluded.closed
        returning b.*
      )
      select
        -- Of all reservations on a budget that is too full the first one that it has no room for.
        (select json_build_object(
          'key', key, 'try', try, 'scope', scope, 'subject', subject, 'period', period, 'cap', b_cap::text, 'spent', spent::text,
          'reserved', before::text, 'wanted', amount::text, 'closed', closed)
        from (
          select r.*, b.cap as b_cap, b.spent, b.closed, b.reserved - sum(r.amount) over (
            partition by b.tenant, b.scope, b.subject, b.period order by r.number, r.nth rows between current row and unbounded following
          ) as before
          from budget b join reserved r using (tenant, scope, subject, period)
          where b.closed or b.spent + b.reserved > b.cap
        ) as full_budget
        where closed or spent + before + amount > b_cap
        order by number, nth limit 1),
        -- Budgets that came to 80 % of their cap just now, each with the last reservation on it (GRD-5).
        (select json_agg(json_build_object(
          'commit', commit, 'key', key, 'try', try, 'task', task, 'node', node, 'used', used::text,
          'budget', json_build_object('scope', scope, 'subject', subject, 'period', period, 'cap', b_cap::text)))
        from (
          select distinct on (b.tenant, b.scope, b.subject, b.period) r.*, b.cap as b_cap, b.spent + b.reserved as used
          from budget b join reserved r using (tenant, scope, subject, period) join delta d using (tenant, scope, subject, period)
          where b.cap > 0 and (b.spent + b.reserved) * 5 >= b.cap * 4 and (b.spent + b.reserved - d.spent - d.reserved) * 5 < b.cap * 4
          order by b.tenant, b.scope, b.subject, b.period, r.number desc
        ) as alerting)
      into refusal, alerts;

      if refusal is not null then
        raise exception 'the budget is used up' using errcode = 'ESPBX', detail = refusal::text;
      end if;
      return alerts;
    end $$`.execute(db);
}

async function protect(db: Kysely<unknown>): Promise<void> {
  await sql`grant select on espalier.usage, espalier.budgets to espalier_app`.execute(db);
  await sql`grant update (closed) on espalier.budgets to espalier_app`.execute(db);
  for (const table of ['usage', 'budgets']) {
    const name = sql.table(`espalier.${table}`);
    await sql`alter table ${name} enable row level security`.execute(db);
    await sql`
      create policy own_tenant on ${name} to espalier_app
      using (tenant = nullif(current_setting('espalier.tenant', true), ''))
      with check (tenant = nullif(current_setting('espalier.tenant', true), ''))`.execute(db);
  }
}

async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop function espalier.account`.execute(db);
  await sql`drop table espalier.budgets, espalier.usage`.execute(db);
}
