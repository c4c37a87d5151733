import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const tables = ['streams', 'commits', 'payloads', 'payload_refs', 'runs', 'tasks', 'workflows', 'archived_runs'];

/**
 * The second fence between tenants (S15): the role that the door of a tenant uses sees and writes the rows of that tenant only, and
 * none if no tenant is set. The owner of the tables, behind the door of the system, is not restricted.
 */
export const tenants: Migration = { up, down };

async function up(db: Kysely<unknown>): Promise<void> {
  // Roles belong to the cluster, not to the database: another database of Espalier may have made it already, even at this moment.
  await sql`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'espalier_app') then
        create role espalier_app nologin;
      end if;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise insufficient_privilege using message = format(
          '%I may not create roles; have an administrator run: create role espalier_app nologin; grant espalier_app to %I',
          current_user, current_user);
    end $$`.execute(db);
  await sql`
    do $$
    declare
      -- Since version 16 whoever makes a role is a member that may hand it out, but not yet one that may take it on.
      needed text := case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end;
    begin
      if not pg_has_role(current_user, 'espalier_app', needed) then
        execute format('grant espalier_app to %I', current_user);
      end if;
    exception
      when unique_violation then null;
      when insufficient_privilege then
        raise insufficient_privilege using message = format(
          '%I may not act as espalier_app; have an administrator run: grant espalier_app to %I', current_user, current_user);
    end $$`.execute(db);
  await sql`grant usage on schema espalier to espalier_app`.execute(db);
  for (const table of tables) {
    const name = sql.table(`espalier.${table}`);
    await sql`grant select, insert, update, delete on ${name} to espalier_app`.execute(db);
    await sql`alter table ${name} enable row level security`.execute(db);
    await sql`
      create policy own_tenant on ${name} to espalier_app
      using (tenant = nullif(current_setting('espalier.tenant', true), ''))
      with check (tenant = nullif(current_setting('espalier.tenant', true), ''))`.execute(db);
  }
  await sql`grant select on espalier.events to espalier_app`.execute(db);
}

/** The role stays: other databases of the cluster may use it. */
async function down(db: Kysely<unknown>): Promise<void> {
  await sql`revoke all on espalier.events from espalier_app`.execute(db);
  for (const table of tables) {
    const name = sql.table(`espalier.${table}`);
    await sql`drop policy own_tenant on ${name}`.execute(db);
    await sql`alter table ${name} disable row level security`.execute(db);
    await sql`revoke all on ${name} from espalier_app`.execute(db);
  }
  await sql`revoke usage on schema espalier from espalier_app`.execute(db);
}
