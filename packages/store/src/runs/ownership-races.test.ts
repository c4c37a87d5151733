import { canonicalJson, EspalierError, type TimedEvent } from '@espalier/core';
import { sampleEvents } from '@espalier/runtime/testing';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from '../open-store.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { cancelledEvent, completedEvent, startedEvent } from '../testing/sample-runs.ts';
import { claimStatement } from './ownership-statements.ts';

const by = { actor: 'person:a', at: 5 };

await describePostgres('races for runs (S13)', (postgres) => {
  let stores: Store[];
  beforeAll(async () => {
    const location = { url: await migratedDatabase(postgres), connections: 4 };
    // The lease is over before anybody looks: whoever asks for a run of another process gets it.
    stores = await Promise.all(Array.from({ length: 8 }, () => openStore({ location, leaseMs: 0 })));
  });
  afterAll(() => Promise.all(stores.map((store) => store.close())));
  const [first, any] = [() => stores[0] as Store, () => stores[Math.floor(Math.random() * stores.length)] as Store];

  it('eight claimers of a hundred due runs get each of them once, and none waits for another', async () => {
    const location = { url: await migratedDatabase(postgres) };
    const claimers = await Promise.all(Array.from({ length: 8 }, () => openStore({ location })));
    const journal = (claimers[0] as Store).system().journal('a');
    await Promise.all(Array.from({ length: 100 }, (_, index) => journal.submit(`r${index}`, [startedEvent(`t${index}`)])));
    const got = await Promise.all(
      claimers.map(async (store) => {
        const mine: string[] = [];
        for (let round = 0; round < 8; round += 1) mine.push(...(await store.system().ownership.claim(3)).map(({ run }) => run));
        return mine;
      }),
    );
    expect(got.flat().sort()).toEqual(Array.from({ length: 100 }, (_, index) => `r${index}`).sort());
    const kept = await Promise.all(claimers.map((store) => store.system().ownership.heartbeat()));
    expect(kept.map((runs) => runs.map(({ run }) => run).sort())).toEqual(got.map((runs) => runs.toSorted()));
    await Promise.all(claimers.map((store) => store.close()));
  });

  it('a claim goes past a run that another transaction holds', async () => {
    await first().system().journal('skip').submit('held', [startedEvent()]);
    await first().system().journal('skip').submit('free', [startedEvent()]);
    await first()
      .system()
      .kysely.transaction()
      .execute(async (trx) => {
        await trx.selectFrom('espalier.runs').select('run').where('tenant', '=', 'skip').where('run', '=', 'held').forUpdate().execute();
        const claimed = await any().system().ownership.claim(1000);
        expect(claimed.filter(({ tenant }) => tenant === 'skip').map(({ run }) => run)).toEqual(['free']);
      });
  });

  it('a claim locks the heads of its runs in the order in which commits do, and so no deadlock comes about', async () => {
    const url = await migratedDatabase(postgres);
    const store = await openStore({ location: { url } });
    const [committing, claiming] = [new pg.Client(url), new pg.Client(url)];
    await Promise.all([committing.connect(), claiming.connect()]);
    await store.system().journal('a').submit('later', [startedEvent()]);
    await store.system().journal('a').submit('first', [startedEvent()]);
    const lock = (run: string) => committing.query(`select from espalier.streams where stream = 'run:${run}' for update`);
    await committing.query('begin');
    await lock('first');
    const claim = claiming.query(claimStatement.text, ['me', 15_000, 10]);
    const isWaiting = async () => {
      const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return (await waiting.execute(store.system().kysely)).rows.length;
    };
    await expect.poll(isWaiting).toBe(1);
    await lock('later');
    await committing.query('commit');
    expect((await claim).rows.map(({ run }) => run).sort()).toEqual(['first', 'later']);
    await Promise.all([committing.end(), claiming.end(), store.close()]);
  });

  it('claims of many runs and commits over their journals do not block each other for good', async () => {
    const runs = Array.from({ length: 12 }, (_, index) => `c${index}`);
    const journal = first().system().journal('mixed');
    await Promise.all(runs.map((run) => journal.append(run, 0, [startedEvent()])));
    const until = performance.now() + 3000;
    const faults: unknown[] = [];
    const work = stores.map(async (store) => {
      while (performance.now() < until) {
        const claimed = await store
          .system()
          .ownership.claim(12)
          .catch((thrown: unknown) => {
            faults.push(thrown);
            return [];
          });
        const mine = claimed.filter(({ tenant }) => tenant === 'mixed');
        for (const { run, epoch, task } of mine) store.system().journal('mixed').hold(run, { epoch, task });
        const lengths = await Promise.all(mine.map(async ({ run }) => (await store.system().journal('mixed').read(run)).length));
        const results = await Promise.allSettled(
          mine.map(({ run }, index) =>
            store
              .system()
              .journal('mixed')
              .append(run, lengths[index] ?? 0, sampleEvents(1)),
          ),
        );
        for (const result of results) if (result.status === 'rejected' && !isLost(result.reason)) faults.push(result.reason);
      }
    });
    await Promise.all(work);
    expect(faults).toEqual([]);
  });

  it('many drivers, takeovers, cancels and pauses of one run end in one consistent state', async () => {
    for (let round = 0; round < 40; round += 1) {
      const run = `r${round}`;
      await first()
        .system()
        .journal('race')
        .append(run, 0, [startedEvent(`t${round}`)]);
      await Promise.all([...stores.slice(0, 4).map((store) => drive(store, run)), ...Array.from({ length: 6 }, () => ask(any(), run))]);
      await expectConsistent(first(), run);
    }
  });
});

/** What it means to come too late. */
function isLost(thrown: unknown): boolean {
  return thrown instanceof EspalierError && ['journal.stale_seq', 'journal.fenced', 'journal.locked', 'run.ended'].includes(thrown.code);
}

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 4));

/** Takes the run, appends, and ends it at some point; begins again whenever another was first. */
async function drive(store: Store, run: string): Promise<void> {
  const journal = store.system().journal('race');
  for (;;) {
    const events = await journal.read(run);
    if (events.some(isEnd)) return;
    const wanted = events.some(({ type }) => type === 'run.cancel_requested');
    const next: TimedEvent[] = wanted ? [cancelledEvent] : Math.random() < 0.15 ? [...sampleEvents(1), completedEvent] : sampleEvents(2);
    await journal.append(run, events.length, next).catch((thrown: unknown) => {
      if (!isLost(thrown)) throw thrown;
    });
    await pause();
    if (Math.random() < 0.2) await journal.release(run);
  }
}

async function ask(store: Store, run: string): Promise<void> {
  for (let time = 0; time < 4; time += 1) {
    await pause();
    const type = (['run.paused', 'run.resumed', 'run.cancel_requested'] as const)[Math.floor(Math.random() * 2.1)] ?? 'run.paused';
    const request = type === 'run.cancel_requested' ? { type, reason: 'enough' } : { type };
    await store
      .tenant('race')
      .request(run, request, by)
      .catch((thrown: unknown) => {
        if (!isLost(thrown)) throw thrown;
      });
  }
}

const isEnd = ({ type }: { type: string }) => type === 'run.completed' || type === 'run.cancelled';

async function expectConsistent(store: Store, run: string): Promise<void> {
  const events = await store.system().journal('race').read(run);
  const end = events.at(-1);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(isEnd)).toEqual([end]);
  const cancelled = end?.type === 'run.cancelled';
  const word = cancelled ? 'cancelled' : 'completed';
  const row = await store.tenant('race').run(run);
  expect(row).toMatchObject({ status: word, outcome: cancelled ? null : 'success', owner: undefined, endedAt: end?.at });
  const task = await store.tenant('race').stream(`task:t${run.slice(1)}`);
  expect(task.map(({ type }) => type)).toEqual(['task.created', 'task.started', `task.${word}`]);
  const { rows } = await raw(store, run);
  expect(rows).toEqual([{ owner: null, wake_at: null, lease_until: null, same: true }]);
  expect(canonicalJson(events)).toBe(canonicalJson(await store.tenant('race').journal(run)));
}

async function raw(store: Store, run: string) {
  return sql`
    select r.owner, r.wake_at, r.lease_until, r.epoch = s.epoch as same from espalier.runs r
    join espalier.streams s on s.tenant = r.tenant and s.stream = 'run:' || r.run where r.tenant = 'race' and r.run = ${run}`.execute(
    store.system().kysely,
  );
}
