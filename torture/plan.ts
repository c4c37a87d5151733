import { between, oneOf, type Random, seededRandom } from './random.ts';

/**
 * A fault at the n-th statement that a process sends to the database: it dies before that is sent, `ms` after that, or when its result is
 * there and nobody knows it yet; or all of it sleeps before that is sent.
 */
export interface StatementFault {
  kind: 'before' | 'sent' | 'after' | 'stall';
  nth: number;
  ms: number;
}

/** A fault that a process does to itself; in a handler it dies when that begins, or is done and has not returned, for the n-th time. */
export type Fault = StatementFault | { kind: 'begin' | 'done'; nth: number };

/** How a process comes to its end. */
export interface Life {
  /** From 0, in the order in which processes were started. */
  index: number;
  fault: Fault | undefined;
  /** What is done to it from outside this long after it is ready, if it is still there. */
  end: { signal: 'SIGKILL' | 'SIGTERM'; afterMs: number };
}

interface Tempers {
  /** The last statement that a fault is planned for. */
  statements: number;
  /** The longest life after being ready. */
  longestMs: number;
  /** How long a stalled process sleeps; undefined: none is. */
  stallMs: number | undefined;
}

/** Of handlers, of which there are fewer than of statements. */
const performances = 12;

/** The life of the `index`-th process: the same for the same seed, whatever happened to those before. */
export function lifeOf(seed: number, index: number, tempers: Tempers): Life {
  const random = seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const { longestMs } = tempers;
  const chance = random();
  if (chance < 0.7) {
    const fault = faultOf(random, tempers);
    return { index, fault, end: { signal: 'SIGKILL', afterMs: longestMs + (fault.kind === 'stall' ? fault.ms : 0) } };
  }
  const signal = chance < 0.8 ? 'SIGTERM' : 'SIGKILL';
  return { index, fault: undefined, end: { signal, afterMs: between(random, 0, longestMs) } };
}

function faultOf(random: Random, { statements, stallMs }: Tempers): Fault {
  const chance = random();
  if (chance < 0.3) return { kind: oneOf(random, ['begin', 'done']), nth: between(random, 1, performances) };
  const nth = between(random, 1, statements);
  if (chance < 0.4 && stallMs !== undefined) return { kind: 'stall', nth, ms: stallMs };
  return { kind: oneOf(random, ['before', 'sent', 'after']), nth, ms: between(random, 0, 3) };
}
