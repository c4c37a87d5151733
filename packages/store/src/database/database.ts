import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A statement of the hot path: its text is fixed, so that the server parses and plans it once per connection. */
export interface Statement {
  /** Unique among statements, at most 63 characters. */
  readonly name: string;
  readonly text: string;
}

export interface StatementResult<Row> {
  rows: Row[];
  /** Rows written, or found by a select. */
  count: number;
}

/** One PostgreSQL, embedded or served. Errors are EspalierErrors: `database.*`, `storage.failed`. */
export interface Database {
  readonly engine: 'pglite' | 'postgres';
  /** For everything that is not on the hot path. */
  readonly kysely: Kysely<Tables>;
  /** Statements that are worth having under way at once. */
  readonly parallelism: number;
  /** Performs one statement as a transaction of its own. */
  perform<Row = unknown>(statement: Statement, values: readonly unknown[]): Promise<StatementResult<Row>>;
  /** Performs statements without parameters one after another, on one connection. @returns the rows of all of them. */
  performScript(text: string): Promise<unknown[]>;
  /**
   * Calls back with the payload of every NOTIFY on `channel`, and with undefined when some may have been missed (a lost connection).
   * Absent where no other process can be there.
   */
  listen?(channel: string, onMessage: (payload: string | undefined) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
