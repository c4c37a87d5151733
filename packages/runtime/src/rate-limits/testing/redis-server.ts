import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const attempts = 5;

/** A Redis of our own on a port of its own, which keeps nothing. It ends with this process, however that dies. */
export interface RedisServer {
  port: number;
  url: string;
  /** Ends it as a crash does, if it runs. */
  kill(): Promise<void>;
  /** Ends it if it runs, and starts an empty one on the same port. */
  restart(): Promise<void>;
  /** Stops it without closing anything: it goes on with `resume`. */
  pause(): void;
  resume(): void;
}

/** The version of this machine's redis-server; undefined if there is none. */
export async function findRedis(): Promise<string | undefined> {
  const { stdout } = await run('redis-server', ['--version']).catch(() => ({ stdout: '' }));
  return / v=(\S+)/.exec(stdout)?.[1];
}

/** @param settings options of redis.conf, such as `{ requirepass: 'x' }`. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const running = await launch(port, settings).catch((thrown: unknown) => {
      // Another process may have been given the port between our looking and the server's start.
      if (attempt === attempts) throw thrown;
    });
    if (running) return serverOf(running, port, settings);
  }
}

interface Running {
  guardian: ChildProcess;
  pid: number;
}

function serverOf(first: Running, port: number, settings: Readonly<Record<string, string>>): RedisServer {
  let running = first;
  const kill = async () => {
    if (running.guardian.exitCode !== null) return;
    const exit = once(running.guardian, 'exit');
    process.kill(running.pid, 'SIGKILL');
    await exit;
  };
  const restart = async () => {
    await kill();
    running = await launch(port, settings);
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart,
    pause: () => process.kill(running.pid, 'SIGSTOP'),
    resume: () => process.kill(running.pid, 'SIGCONT'),
  };
}

/**
 * The server's guardian, which ends when the server does. Its input is a pipe from us, which the kernel closes when we are gone: it then kills
 * the server and removes the directory. It runs in a session of its own, so that an interrupt from the terminal does not end it before.
 */
const guardianScript = `
directory=$1
shift
exec 3<&0
"$@" &
server=$!
exec 2>/dev/null
(read -r _ <&3; kill -KILL "$server") >/dev/null &
watcher=$!
echo "pid $server"
wait "$server"
kill "$watcher"
rm -rf "$directory"
`;

async function launch(port: number, settings: Readonly<Record<string, string>>): Promise<Running> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-redis-'));
  const all = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no', dir: directory, ...settings };
  const options = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const guardian = spawn('/bin/sh', ['-c', guardianScript, 'guardian', directory, 'redis-server', ...options], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const pid = await readyPid(guardian);
  guardian.stdout.resume();
  return { guardian, pid };
}

/** Reads the log until the server takes connections. */
async function readyPid(guardian: ChildProcess): Promise<number> {
  if (!guardian.stdout) throw new Error('a pipe from the guardian was expected');
  const log: string[] = [];
  for await (const line of createInterface(guardian.stdout)) {
    log.push(line);
    if (line.includes('Ready to accept connections')) return Number(log.find((entry) => entry.startsWith('pid '))?.slice(4));
  }
  throw new Error(`redis-server did not start: ${log.join('\n')}`);
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
