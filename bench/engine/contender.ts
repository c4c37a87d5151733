/** One way to do the work of a scenario. */
export interface Contender {
  readonly name: string;
  /** Nodes that one run performs, start and exit not counted. */
  readonly steps: number;
  /** Makes what the runs of one sample share: an empty journal, a store. Not timed. */
  open(): Promise<Session>;
}

/** The runs of one sample. */
export interface Session {
  /** One run, from its start to its end. @throws Error if it does not succeed. */
  run(): Promise<void>;
  /** Releases what the runs left behind. Not timed. */
  close(): Promise<void>;
}

/** A contender whose runs share nothing and leave nothing behind. */
export function stateless(name: string, steps: number, run: () => Promise<void>): Contender {
  const session: Session = { run, close: async () => {} };
  return { name, steps, open: async () => session };
}

/** The input of every run. */
export const runInput = { topic: 'quarterly report', count: 3 };

/** How wide the fan-outs are. */
export const fanOutWidth = 50;

/** The input of a fan-out over data. */
export const listInput = { items: Array.from({ length: fanOutWidth }, (_, count) => ({ topic: 'quarterly report', count })) };

/** The scenarios that peers take part in. */
export type PeerScenario = 'ten-steps' | 'fan-out' | 'fan-out-over-data' | 'thousand-steps';

/** What a module in `peers/` exports as `peer`. */
export interface Peer {
  contenders(scenario: PeerScenario): Contender[];
}
