import type { Fault } from '../plan.ts';

/** What a process of a torture is told, as JSON in its first argument. */
export interface Settings {
  stateDirectory: string;
  /** Where handlers write down what they do. */
  witness: string;
  leaseMs: number;
  fault?: Fault | undefined;
}

export interface WorkerSettings extends Settings {
  databaseUrl: string;
}

export interface EmbeddedSettings extends Settings {
  /** Seed of what this process asks of its runs. */
  seed: number;
  /** Runs to keep in flight; 0: it begins none, and ends when all have ended. */
  runs: number;
  /** Where it writes down the runs that it was acknowledged. */
  acknowledged: string;
  /** Where its reader of the log writes down what it was handed. */
  seen: string;
  /** Whether it may die as a reader. */
  mayDieReading: boolean;
}

export interface ReaderSettings {
  databaseUrl: string;
  seen: string;
  /** It dies when it has taken so many events and not said so yet; undefined: it does not. */
  diesAfter?: number;
}

/** The settings of this process. */
export function readSettings<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Says to whoever started this process that it is at work; and ends it when that one is gone, which closes its standard input. */
export function sayReady(): void {
  process.stdout.write('ready\n');
  process.stdin
    .on('end', () => process.exit(1))
    .resume()
    .unref();
}

/** How a process ends that found its database away before it was at work. */
export const exitUnavailable = 75;
