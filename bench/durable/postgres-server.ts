import pg from 'pg';
// The cluster is there for the tests of the store, and private to it: this bench is the only other one that needs a server of its own.
import { type PostgresCluster, startPostgresCluster } from '../../packages/store/src/testing/postgres-cluster.ts';

/** A PostgreSQL that keeps its word, and how it was told to. */
export interface PostgresServer {
  cluster: PostgresCluster;
  /** The settings that decide what a commit costs, as the server reports them. */
  settings: Record<string, string>;
  dataDirectory: string;
  /** Reads how far the server's log of changes has come. */
  readProgress(): Promise<Progress>;
  stop(): Promise<void>;
}

/** Counts since the server began; only differences mean something. */
export interface Progress {
  /** Transactions that wrote something. */
  transactions: number;
  /** Bytes of the write-ahead log. */
  logged: number;
  /** Bytes of it that are on disk. */
  flushed: number;
}

/** What makes a commit durable, said aloud because the cluster is careless by default; and room for every contender's connections. */
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const settings = { ...durable, max_connections: '300', max_wal_size: '4GB' };

/** Starts the machine's PostgreSQL. @throws Error if there is none, or it does not sync its commits. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const cluster = await startPostgresCluster(settings);
  const client = new pg.Client({ connectionString: cluster.url('postgres') });
  const stop = async () => {
    await client.end();
    await cluster.stop();
  };
  try {
    await client.connect();
    const reported = await readSettings(client);
    for (const [name, value] of Object.entries(durable)) {
      if (reported[name] !== value) throw new Error(`PostgreSQL runs with ${name} = ${reported[name]}; expected ${value}`);
    }
    const { data_directory: dataDirectory = '', ...others } = reported;
    return { cluster, settings: others, dataDirectory, readProgress: () => readProgress(client), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readSettings(client: pg.Client): Promise<Record<string, string>> {
  const names = ['server_version', 'data_directory', 'wal_sync_method', 'shared_buffers', ...Object.keys(settings)];
  const { rows } = await client.query('select name, current_setting(name) as value from pg_settings where name = any($1)', [names]);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

async function readProgress(client: pg.Client): Promise<Progress> {
  const { rows } = await client.query(`
    select pg_snapshot_xmax(pg_current_snapshot())::text as transactions,
           pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as logged,
           pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0') as flushed`);
  const [row] = rows;
  return { transactions: Number(row.transactions), logged: Number(row.logged), flushed: Number(row.flushed) };
}
