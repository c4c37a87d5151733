import type { Call } from './call-timer.ts';
import type { Manner } from './manners.ts';
import type { Upstream } from './upstream.ts';

/** Where runs and budgets are kept. */
export type Kept = 'memory' | 'pglite' | 'postgres';

/** What a contender works with. */
export interface Setting {
  upstream: Upstream;
  manner: Manner;
  /** What Espalier sends in each turn of a conversation, so that the others send the same. */
  bodies: readonly string[];
  /** A new, empty database. @returns its URL. */
  makeDatabase(): Promise<string>;
}

/** One way to ask a model. */
export interface Contender {
  readonly name: string;
  readonly part: 'floor' | 'direct' | 'ours';
  /** Undefined where nothing is kept. */
  readonly kept?: Kept;
  setup(setting: Setting): Promise<void>;
  /** Asks in conversations of four turns, `clients` at a time. @returns the last three calls of each. @throws Error if one fails. */
  converse(clients: number, conversations: number): Promise<Call[]>;
  /** @throws Error unless everything is on record that `conversations` conversations leave behind. */
  verify(conversations: number): Promise<void>;
  close(): Promise<void>;
}
