/** `pure` steps may be repeated, so an engine may batch them; the outcome of each of the `effects` is committed before the next begins. */
export type Kind = 'pure' | 'effects';

/** Steps of every run, start and exit not counted. */
export const steps = 10;

/** The input of every run; each step adds one to `count`, so a run that has done its work ends with `count` at `steps`. */
export const runInput = { topic: 'quarterly report', count: 0 };

/** What an effect does. The bench gives it, and counts how often it is called. */
export type Effect = () => Promise<void>;

/** One way to do the work of one kind, on a database of its own. */
export interface Contender {
  readonly name: string;
  readonly part: 'floor' | 'peer' | 'ours';
  /** What is on disk before what else happens: printed beside its figures. */
  readonly durability: string;
  /** Whether each step's result is on disk before the next step begins; the bench holds it to that. */
  readonly everyStep: boolean;
  /** Makes its tables and connections. `url` names an empty PostgreSQL database, or a directory for PGlite (`file:`). */
  setup(url: string, effect: Effect): Promise<void>;
  /** Performs `count` runs, `clients` at a time. @throws Error if one does not end as it should. */
  run(clients: number, count: number): Promise<void>;
  /** Looks into its database for `runs` runs with all their steps. @throws Error with what is there instead. */
  verify(runs: number): Promise<void>;
  close(): Promise<void>;
}

/** What a module in `peers/` exports as `peer`. */
export interface Peer {
  contenders(kind: Kind): Contender[];
}

/** Calls `run` `count` times, `clients` at a time, each client with its number. */
export async function share(count: number, clients: number, run: (client: number) => Promise<void>): Promise<void> {
  let left = count;
  const work = async (_: unknown, client: number) => {
    while (left > 0) {
      left -= 1;
      await run(client);
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
}

/** @throws Error unless the database holds what it should. */
export function expectRows(what: string, found: unknown, expected: number): void {
  if (Number(found) !== expected) throw new Error(`${what}: expected ${expected} in the database, found ${found}`);
}
