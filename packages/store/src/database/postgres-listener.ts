import pg from 'pg';
import { databaseFault } from './database-fault.ts';

/** How long after a lost connection the next is tried; small, as everything waits for polling meanwhile. */
const reconnectMs = 500;
/** How long a server may take to say goodbye. */
const farewellMs = 1000;

/** Listens on a connection of its own, and connects again when it breaks. */
export async function listenTo(
  settings: pg.ClientConfig,
  channel: string,
  onMessage: (payload: string | undefined) => void,
): Promise<() => Promise<void>> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const connect = async () => {
    const next = new pg.Client(settings);
    next.on('notification', ({ payload }) => onMessage(payload ?? ''));
    next.on('error', () => {}); // followed by 'end'
    next.on('end', () => {
      if (client === next && !stopped) again(); // one that never listened is tried again by whoever made it
    });
    try {
      await next.connect();
      await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (thrown) {
      await end(next);
      throw thrown;
    }
    client = next;
    if (stopped) await end(next);
  };
  const again = () => {
    client = undefined;
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => connect().then(() => onMessage(undefined), again), reconnectMs);
  };
  await connect().catch((thrown: unknown) => {
    stopped = true;
    throw databaseFault(thrown);
  });
  return async () => {
    stopped = true;
    clearTimeout(timer);
    if (client) await end(client);
  };
}

/** Ends a connection, even one to a server that does not answer any more. */
async function end(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), farewellMs);
  await client.end().catch(() => {});
  clearTimeout(timer);
}
