import { MemoryArtifacts } from '@espalier/runtime';
import { outputEvent } from '@espalier/runtime/testing';
import type { KyselyPlugin } from 'kysely';
import pg from 'pg';
import { expect, it } from 'vitest';
import { beginning } from '../log/cursor.ts';
import { readLog } from '../log/read-log.ts';
import { openStore, type Store } from '../open-store.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { completedEvent, startedEvent } from '../testing/sample-runs.ts';
import { eventsOf, readRun } from './read-run.ts';

const artifacts = new MemoryArtifacts();
const tenant = 'a';
const large = 'x'.repeat(40_000);

/** Several processes on one database, and a connection beside them. */
async function withStores(url: string, count: number, use: (stores: Store[], client: pg.Client) => Promise<void>): Promise<void> {
  const stores = await Promise.all(Array.from({ length: count }, () => openStore({ location: { url }, artifacts })));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(stores, client);
  } finally {
    await client.end();
    await Promise.all(stores.map((store) => store.close()));
  }
}

async function writeRun(store: Store | undefined, run: string, output: string = large): Promise<void> {
  await store
    ?.system()
    .journal(tenant)
    .append(run, 0, [startedEvent(), outputEvent(output), completedEvent]);
}

async function waitFor(client: pg.Client, query: string): Promise<void> {
  await expect.poll(async () => (await client.query(query)).rowCount, { timeout: 10_000 }).toBeGreaterThan(0);
}

/** Lets `act` happen after the first statement of whoever uses it. */
function afterFirstQuery(act: () => Promise<unknown>): KyselyPlugin {
  let isFirst = true;
  return {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      if (isFirst) {
        isFirst = false;
        await act();
      }
      return result;
    },
  };
}

await describePostgres('archiving beside others (S7)', (postgres) => {
  it('by several processes at once: each run once, and no payload is left behind', async () => {
    await withStores(await migratedDatabase(postgres), 4, async (stores, client) => {
      for (let round = 0; round < 15; round += 1) {
        const runs = [1, 2, 3, 4].map((number) => `r${round}-${number}`);
        for (const run of runs) await writeRun(stores[0], run, `${round}${large}`);
        const outcomes = await Promise.all(
          stores.flatMap((store, index) =>
            runs.map((_, offset) => runs[(index + offset) % 4] ?? '').map((run) => store.system().archiveRun({ tenant, run })),
          ),
        );
        expect(outcomes.filter((outcome) => outcome.archived && outcome.isNew)).toHaveLength(4);
        const left = await client.query(`
          select (select count(*) from espalier.payloads) as payloads, (select count(*) from espalier.payload_refs) as refs,
            (select count(*) from espalier.events where stream like 'run:%') as events`);
        expect(left.rows).toEqual([{ payloads: '0', refs: '0', events: '0' }]);
      }
    });
  });

  it('keeps a payload that a commit under way refers to', async () => {
    const url = await migratedDatabase(postgres);
    await withStores(url, 1, async ([store], client) => {
      await writeRun(store, 'r1');
      await client.query('begin');
      await client.query(`insert into espalier.payload_refs (tenant, hash, stream) select tenant, hash, 'run:r2' from espalier.payloads`);
      const archiving = store?.system().archiveRun({ tenant, run: 'r1' });
      const other = new pg.Client({ connectionString: url });
      await other.connect();
      await waitFor(
        other,
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%delete from espalier.payloads%' and pid <> pg_backend_pid()`,
      );
      await client.query('commit');
      expect(await archiving).toMatchObject({ archived: true, isNew: true });
      expect((await other.query('select stream from espalier.payload_refs join espalier.payloads using (tenant, hash)')).rows).toEqual([
        { stream: 'run:r2' },
      ]);
      await other.end();
      expect(await store?.system().journal(tenant).read('r1')).toMatchObject([{}, { payload: { output: large } }, {}]);
    });
  });

  it('lets a commit that counted on a payload which goes at that moment store it again', async () => {
    await withStores(await migratedDatabase(postgres), 1, async ([store], client) => {
      await writeRun(store, 'r1');
      // Holds the commit between finding the payload there and the check of the foreign key: triggers fire in the order of their names.
      await client.query(`
        create function hold() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(7); return new; end $$;
        create trigger "A before RI" after insert on espalier.payload_refs for each row execute function hold();
        select pg_advisory_lock(7)`);
      const writing = writeRun(store, 'r2');
      await waitFor(client, `select from pg_stat_activity where wait_event = 'advisory'`);
      expect(await store?.system().archiveRun({ tenant, run: 'r1' })).toMatchObject({ archived: true, isNew: true });
      expect((await client.query('select from espalier.payloads')).rowCount).toBe(0);
      await client.query('select pg_advisory_unlock(7)');
      await writing;
      expect((await client.query('select from espalier.payloads')).rowCount).toBe(1);
      for (const run of ['r1', 'r2'])
        expect(await store?.system().journal(tenant).read(run)).toMatchObject([{}, { payload: { output: large } }, {}]);
    });
  });

  it('between the two looks that a reader takes, at events and at large values: it reads on where these are now', async () => {
    await withStores(await migratedDatabase(postgres), 1, async ([store]) => {
      for (const run of ['r1', 'r2', 'r3']) await writeRun(store, run, 'small');
      const system = (store as Store).system();
      const meanwhile = (run: string) => system.kysely.withPlugin(afterFirstQuery(() => system.archiveRun({ tenant, run })));
      await writeRun(store, 'r4', `4${large}`);
      await writeRun(store, 'r5', `5${large}`);
      const stored = await readRun(meanwhile('r4'), { tenant, run: 'r4', after: 0 });
      expect(stored).toEqual({ archived: { tenant, run: 'r4', artifact: expect.any(String) } });
      expect(await eventsOf(stored, artifacts, 2)).toMatchObject([{ seq: 3, type: 'run.completed' }]);
      const { entries } = await readLog(meanwhile('r5'), { after: beginning, limit: 100 });
      expect(entries.map(({ event }) => event.stream)).toEqual(
        ['run:r1', 'run:r2', 'run:r3'].flatMap((stream) => [stream, stream, stream]),
      );
    });
  });

  it('while others write and read the same values: every journal reads whole at every moment', async () => {
    await withStores(await migratedDatabase(postgres), 3, async (stores, client) => {
      const [writer, archiver, reader] = stores;
      const total = 150;
      let written = 0;
      let isDone = false;
      const write = async () => {
        for (; written < total; written += 1) await writeRun(writer, `r${written}`, `${written % 2}${large}`);
      };
      const archive = async () => {
        let archived = 0;
        while (archived < total) archived += (await archiver?.system().archiveEnded({ endedBefore: 2e12, limit: 1000 }))?.archived ?? 0;
        isDone = true;
      };
      const read = async () => {
        await expect.poll(() => written).toBeGreaterThan(5);
        for (let round = 0; !isDone; round += 1) {
          const run = `r${written - 1 - (round % 5)}`;
          const journals = [await reader?.system().journal(tenant).read(run), await reader?.tenant(tenant).journal(run)];
          for (const events of journals) expect(events).toMatchObject([{}, { payload: { output: expect.stringMatching(/^[01]x+$/) } }, {}]);
          await reader?.system().readLog({ limit: 50 });
        }
      };
      await Promise.all([write(), archive(), read(), read()]);
      const left = await client.query(
        `select (select count(*) from espalier.payloads) as payloads, (select count(*) from espalier.archived_runs) as runs`,
      );
      expect(left.rows).toEqual([{ payloads: '0', runs: String(total) }]);
    });
  });
});
