import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a database that can be cut. */
interface CuttableLine {
  /** The URL of the database by this way. */
  url: string;
  /** Breaks the connections that are open. */
  cut(): void;
  /** From now on what is asked reaches the server, and instead of the answer the line breaks; once. */
  cutAtAnswer(): void;
  /** Breaks what is open and whatever is tried after that, until `restore`. With `silence` nobody is told: what is sent gets no answer. */
  interrupt(how?: 'silence'): void;
  restore(): void;
  /** How many connections were tried. */
  readonly tried: number;
  close(): Promise<void>;
}

/** Opens a way to the database of `url` that a test can cut. */
export async function cuttableLine(url: string): Promise<CuttableLine> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let onAnswer: (() => void) | undefined;
  let interruption: 'refusal' | 'silence' | undefined;
  let tried = 0;
  const server = createServer((near) => {
    tried += 1;
    near.on('error', () => {}).on('close', () => sockets.delete(near));
    sockets.add(near);
    if (interruption === 'refusal') near.resetAndDestroy();
    if (interruption) return;
    const far = connect(Number(target.port), target.hostname);
    far.on('error', () => {}).on('close', () => sockets.delete(far));
    sockets.add(far);
    near.on('data', (data) => {
      if (!interruption) far.write(data);
    });
    near.on('end', () => far.end());
    far.on('data', (data) => {
      if (onAnswer) onAnswer();
      else if (!interruption) near.write(data);
    });
    far.on('end', () => near.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as { port: number }).port);
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: through.href,
    cut,
    cutAtAnswer() {
      onAnswer = () => {
        onAnswer = undefined;
        cut();
      };
    },
    interrupt(how) {
      interruption = how ?? 'refusal';
      if (!how) cut();
    },
    restore() {
      interruption = undefined;
      cut();
    },
    get tried() {
      return tried;
    },
    close: async () => {
      cut();
      server.close();
    },
  };
}
