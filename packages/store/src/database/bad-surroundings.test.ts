import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { EspalierError } from '@espalier/core';
import { outputEvent, sampleEvents } from '@espalier/runtime/testing';
import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { openStore, type Store } from '../open-store.ts';
import { cuttableLine } from '../testing/cuttable-line.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { findPostgres } from '../testing/postgres-binaries.ts';
import { startPostgresCluster } from '../testing/postgres-cluster.ts';

const by = { actor: 'person:a', at: 5 };

const codeOf = (thrown: unknown) =>
  thrown instanceof EspalierError && thrown.code === 'database.unavailable' ? thrown.code : String(thrown);

await describePostgres('PostgreSQL in bad surroundings', (postgres) => {
  const opened: Store[] = [];
  const open = async (url: string) => {
    const store = await openStore({ location: { url, connections: 4 } });
    opened.push(store);
    return store;
  };
  afterEach(() => Promise.all(opened.splice(0).map((store) => store.close().catch(() => {}))));

  it('connections that are terminated at any time: errors say so, nothing is half-written, and work goes on', async () => {
    const url = await migratedDatabase(postgres);
    const [store, admin] = [await open(url), await open(url)];
    const until = performance.now() + 4000;
    const codes = new Set<string>();
    const killing = (async () => {
      while (performance.now() < until) {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and random() < 0.7`
          .execute(admin.system().kysely)
          .catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const confirmed = await Promise.all(Array.from({ length: 6 }, (_, index) => appendUntil(store, `r${index}`, until, codes)));
    await killing;
    expect([...codes].filter((code) => code !== 'database.unavailable')).toEqual([]);
    expect(codes.size).toBe(1); // something did break
    for (const [index, count] of confirmed.entries()) {
      const journal = await store.system().journal('a').read(`r${index}`);
      expect(journal.length).toBeGreaterThanOrEqual(count);
      expect(journal.length % 2).toBe(0); // whole commits of two events
    }
    expect(await store.tenant('a').request('r0', { type: 'run.paused' }, by)).toBe(true);
  });

  it.each([
    ['an append', (store: Store) => store.system().journal('a').append('r1', 2, sampleEvents(2))],
    [
      'a commit',
      (store: Store) =>
        store
          .system()
          .journal('a')
          .append('r1', 2, [outputEvent('x'.repeat(50_000)), ...sampleEvents(1)]),
    ],
  ])('a line that breaks after %s was sent: the caller is told that it is unknown, and reads what came of it', async (_, act) => {
    const url = await migratedDatabase(postgres);
    const line = await cuttableLine(url);
    const store = await open(line.url);
    await store.system().journal('a').append('r1', 0, sampleEvents(2));
    line.cutAtAnswer();
    await expect(act(store)).rejects.toMatchObject({ code: 'database.unavailable' });
    const length = (await store.system().journal('a').read('r1')).length;
    expect(length).toBe(4); // the server had it
    await expect(act(store)).rejects.toMatchObject({ code: 'journal.stale_seq' });
    await store.system().journal('a').append('r1', 4, sampleEvents(1));
    await line.close();
  });

  it('a line that breaks in a transaction of a tenant’s door', async () => {
    const url = await migratedDatabase(postgres);
    const line = await cuttableLine(url);
    const store = await open(line.url);
    await store.system().journal('a').append('r1', 0, sampleEvents(2));
    for (let time = 0; time < 5; time += 1) {
      await expect.poll(() => store.tenant('a').countRuns().catch(codeOf)).toBe(1); // pooled connections that broke as well are gone
      line.cutAtAnswer();
      await expect(store.tenant('a').request('r1', { type: time % 2 ? 'run.resumed' : 'run.paused' }, by)).rejects.toMatchObject({
        code: 'database.unavailable',
      });
    }
    expect(await store.tenant('a').request('r1', { type: 'run.cancel_requested', reason: 'x' }, by)).toBe(true);
    await line.close();
  });

  it('a store that is closed while its line is down does not connect again', async () => {
    const line = await cuttableLine(await migratedDatabase(postgres));
    const store = await open(line.url);
    line.interrupt('silence');
    line.cut();
    const before = line.tried;
    await expect.poll(() => line.tried, { timeout: 5000 }).toBeGreaterThanOrEqual(before + 2); // both listeners try, and get no answer
    await store.close();
    const atClose = line.tried;
    line.interrupt();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(line.tried).toBe(atClose);
    await line.close();
  });

  it('a server that is stopped and started again', async () => {
    const cluster = await startPostgresCluster();
    const url = await migratedDatabase(cluster);
    const store = await open(url);
    const seen: number[] = [];
    const following = store.system().follow('n', ({ seq }) => void seen.push(seq), { pollMs: 50 });
    await store.system().journal('a').append('r1', 0, sampleEvents(2));
    await expect.poll(() => seen).toEqual([1, 2]);
    const { rows } = await sql<{ directory: string }>`select current_setting('data_directory') as directory`.execute(store.system().kysely);
    const control = (...words: string[]) => serverControl(rows[0]?.directory ?? '', words);
    await control('stop', '--mode', 'fast');
    const doings = [
      store.system().journal('a').append('r1', 2, sampleEvents(2)),
      store.system().journal('a').read('r1'),
      store.system().ownership.claim(1),
      store.system().status(),
      store.system().readLog(),
      store.tenant('a').runs({ limit: 1 }),
      store.tenant('a').request('r1', { type: 'run.paused' }, by),
      store.system().workflows('a').get('h'),
    ];
    const results = await Promise.allSettled(doings);
    expect(results.map((result) => (result.status === 'rejected' ? codeOf(result.reason) : 'done'))).toEqual(
      doings.map(() => 'database.unavailable'),
    );
    await control('start', '--wait', '--log', '/dev/null', '--options', await settingsOf(rows[0]?.directory ?? ''));
    await store.system().journal('a').append('r1', 2, sampleEvents(1));
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual([1, 2, 3]);
    await following.stop();
    const [heard, other] = [[] as unknown[], await open(url)];
    store.signals.onLog((streams) => heard.push(streams)); // the listener has connected again
    await expect
      .poll(
        async () => {
          await other.tenant('a').request('r1', { type: heard.length % 2 ? 'run.resumed' : 'run.paused' }, by);
          await other.system().journal('b').append(`s${performance.now()}`.replace('.', '_'), 0, sampleEvents(1));
          return heard.length;
        },
        { timeout: 10_000, interval: 200 },
      )
      .toBeGreaterThan(0);
    await Promise.all(opened.splice(0).map((one) => one.close()));
    await cluster.stop();
  });

  it.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
    'a full disk: it is said, nothing is half-written, and with room work goes on',
    async (context) => {
      const cluster = await startPostgresCluster();
      const admin = await open(await migratedDatabase(cluster));
      const { kysely } = admin.system();
      const { rows } = await sql<{ directory: string }>`select current_setting('data_directory') as directory`.execute(kysely);
      const small = await mkdtemp(join(tmpdir(), 'espalier-small-'));
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', small]).status === 0;
      if (!mounted) return context.skip('this machine mounts nothing');
      try {
        const { uid, gid } = await stat(rows[0]?.directory ?? '');
        await chown(small, uid, gid);
        await sql.raw(`create tablespace small location '${small}'`).execute(kysely);
        for (const table of ['commits', 'streams', 'payloads'])
          await sql.raw(`alter table espalier.${table} set tablespace small`).execute(kysely);
        await sql`create table filler tablespace small as select 1 as nothing`.execute(kysely);
        const journal = admin.system().journal('a');
        const noise = () => outputEvent(randomBytes(1_000_000).toString('base64'));
        let seq = 0;
        const failure = await (async () => {
          for (;;) {
            await journal.append('r1', seq, [noise(), ...sampleEvents(1)]);
            seq += 2;
          }
        })().catch((thrown: unknown) => thrown);
        expect(failure).toMatchObject({ code: 'storage.failed', message: expect.stringContaining('no room left') });
        expect(await journal.read('r1')).toHaveLength(seq);
        expect((await admin.system().readLog()).events).toHaveLength(seq);
        spawnSync('mount', ['-o', 'remount,size=64m', small]);
        await journal.append('r1', seq, [noise(), ...sampleEvents(1)]);
        expect(await journal.read('r1')).toHaveLength(seq + 2);
      } finally {
        await Promise.all(opened.splice(0).map((one) => one.close()));
        await cluster.stop();
        spawnSync('umount', [small]);
        await rm(small, { recursive: true });
      }
    },
  );

  it.each([
    ['a database that is not there', (url: URL) => (url.pathname = '/nowhere'), 'database.refused', /nowhere/],
    ['a user that is not there', (url: URL) => (url.username = 'nobody-at-all'), 'database.refused', /nobody-at-all/],
    ['a port where nothing listens', (url: URL) => (url.port = '1'), 'database.unavailable', /no server answers at 127.0.0.1:1/],
    [
      'a host that is not there',
      (url: URL) => (url.hostname = 'nowhere.invalid'),
      'database.unavailable',
      /nowhere\.invalid|ENOTFOUND|EAI_AGAIN/,
    ],
    ['a database without a schema', (url: URL) => (url.pathname = '/postgres'), 'database.schema_behind', /no schema/],
  ])('%s', async (_, change, code, message) => {
    const url = new URL(await migratedDatabase(postgres));
    change(url);
    await expect(openStore({ location: { url: url.href } })).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('a wrong password, and nothing of it in the error', async () => {
    const cluster = await startPostgresCluster();
    const url = await migratedDatabase(cluster);
    const admin = await open(url);
    const { rows } = await sql<{ file: string }>`select current_setting('hba_file') as file`.execute(admin.system().kysely);
    await sql`create role guarded login password 'right'`.execute(admin.system().kysely);
    await writeFile(rows[0]?.file ?? '', 'host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n');
    await sql`select pg_reload_conf()`.execute(admin.system().kysely);
    const wrong = new URL(url);
    wrong.username = 'guarded';
    wrong.password = 'hunter2';
    const attempt = () => openStore({ location: { url: wrong.href } }).catch((thrown: unknown) => thrown);
    await expect
      .poll(attempt)
      .toMatchObject({ code: 'database.refused', message: expect.stringContaining('password authentication failed') });
    expect(inspect(await attempt(), { depth: 10 })).not.toContain('hunter2');
    await Promise.all(opened.splice(0).map((one) => one.close()));
    await cluster.stop();
  });
});

/** What the server was last started with: pg_ctl takes it for a restart, not for a start. */
async function settingsOf(directory: string): Promise<string> {
  const line = await readFile(join(directory, 'postmaster.opts'), 'utf8');
  return line.slice(line.indexOf('"-c"')).trim();
}

async function serverControl(directory: string, words: readonly string[]): Promise<void> {
  const binaries = await findPostgres();
  const uid = Number((await promisify(execFile)('stat', ['-c', '%u', directory])).stdout);
  const gid = Number((await promisify(execFile)('stat', ['-c', '%g', directory])).stdout);
  const child = execFile(`${binaries?.directory}/pg_ctl`, ['--pgdata', directory, ...words], { uid, gid, cwd: '/' });
  child.stdout?.resume();
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`pg_ctl ${words.join(' ')} ended with ${status}`);
}

/** Appends commits of two events, reading the tail after every failure. @returns how many events were confirmed. */
async function appendUntil(store: Store, run: string, until: number, codes: Set<string>): Promise<number> {
  const journal = store.system().journal('a');
  let confirmed = 0;
  let seq = 0;
  while (performance.now() < until) {
    try {
      await journal.append(run, seq, sampleEvents(2));
      seq += 2;
      confirmed = seq;
    } catch (thrown) {
      codes.add(codeOf(thrown));
      seq = await journal.read(run).then(
        (events) => events.length,
        (again: unknown) => {
          codes.add(codeOf(again));
          return seq;
        },
      );
    }
  }
  return confirmed;
}
