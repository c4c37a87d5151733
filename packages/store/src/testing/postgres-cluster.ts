import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createDatabase } from './create-database.ts';
import { findPostgres } from './postgres-binaries.ts';

const run = promisify(execFile);

/** Quick and careless: what a test writes need not outlive the test. */
const testSettings = { fsync: 'off', full_page_writes: 'off', max_connections: '100' };
const attempts = 3;

/** A PostgreSQL server of our own, on a port of its own, in a directory that goes with it. */
export interface PostgresCluster {
  /** The major version of the server. */
  version: number;
  /** How to connect to one of its databases as its superuser. */
  url(database: string): string;
  /** Makes a database, a copy of `template` if one is named. @returns its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Ends the server and removes its directory. Both also happen when this process dies, however it dies. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster from the binaries of this machine, as another user where this one is root.
 * `settings` are server parameters, over those that make tests quick. Throws an Error that says what is missing.
 */
export async function startPostgresCluster(settings: Readonly<Record<string, string>> = {}): Promise<PostgresCluster> {
  const binaries = await findPostgres();
  if (!binaries)
    throw new Error('PostgreSQL 15 or newer was not found on PATH or in /usr/lib/postgresql; on Debian: apt-get install postgresql');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const started = await launch(binaries.directory, port, { ...testSettings, ...settings });
    if ('guardian' in started) return clusterOf(started.guardian, { port, version: binaries.version });
    // Another process may have been given the port between our looking and the server's start.
    if (attempt === attempts || !started.log.includes('could not bind')) throw new Error(`PostgreSQL did not start: ${started.log}`);
  }
}

function clusterOf(guardian: ChildProcess, { port, version }: { port: number; version: number }): PostgresCluster {
  const url = (database: string) => `postgres://espalier@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    version,
    url,
    createDatabase: (name, template) => createDatabase(url('postgres'), name, template),
    stop: async () => {
      if (guardian.exitCode !== null || guardian.signalCode !== null) return;
      const exit = once(guardian, 'exit');
      guardian.stdin?.end();
      await exit;
    },
  };
}

/**
 * The server's guardian. Its input is a pipe from us, which the kernel closes when we are gone: it then stops the server and
 * removes the directory. It runs in a session of its own, so that an interrupt from the terminal does not end it before its work is done.
 */
const guardianScript = `
bin=$1 directory=$2 options=$3
tidy() {
  "$bin/pg_ctl" --pgdata "$directory/data" --mode immediate stop >/dev/null 2>&1
  rm -rf "$directory"
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM PIPE
"$bin/initdb" --pgdata "$directory/data" --username espalier --auth trust --encoding UTF8 --no-locale --no-sync >"$directory/log" 2>&1 &&
  "$bin/pg_ctl" --pgdata "$directory/data" --log "$directory/log" --options "$options" --wait start >/dev/null 2>&1 ||
  { cat "$directory/log" >&2; exit 1; }
echo ready
read -r _
`;

async function launch(
  bin: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<{ guardian: ChildProcess } | { log: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-postgres-'));
  const user = await unprivilegedUser();
  if (user) await chown(directory, user.uid, user.gid);
  const all = { ...settings, port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: directory };
  const options = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`);
  const guardian = spawn('/bin/sh', ['-c', guardianScript, 'guardian', bin, directory, options.join(' ')], {
    cwd: directory,
    detached: true,
    ...user,
  });
  const log = text(guardian.stderr);
  const ready = await Promise.race([once(guardian.stdout, 'data').then(() => true), once(guardian, 'close').then(() => false)]);
  return ready ? { guardian } : { log: await log };
}

/** PostgreSQL refuses to run as root. @returns undefined where we are not. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all([idOf('-u'), idOf('-g')]);
  return { uid, gid };
}

async function idOf(option: '-u' | '-g'): Promise<number> {
  const { stdout } = await run('id', [option, 'postgres']).catch(() => run('id', [option, 'nobody']));
  return Number(stdout);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server was expected to have a port');
  return address.port;
}
