/** How far a plugin may go. Times in milliseconds; text in UTF-16 units, two bytes each at most. */
export interface PluginLimits {
  /** Events that wait for it, and their text: what comes beyond is missed. */
  queueEvents: number;
  queueText: number;
  /** What its thread is given at once. */
  batchEvents: number;
  batchText: number;
  /** How long one call may take, and how long its module may take to load. */
  callMs: number;
  loadMs: number;
  /** How often its thread is looked after. */
  watchMs: number;
  /** Memory of its thread: the heap, and buffers outside of it. */
  heapMb: number;
  externalMb: number;
  /** How long it rests before its thread is started again: once per entry within `amnestyMs`, then it is switched off. */
  restMs: readonly number[];
  amnestyMs: number;
  /** A thread with nothing to do for so long is ended; the next event starts another. */
  idleMs: number;
  /** What it may write to the console per minute; the rest is dropped. */
  outputPerMinute: number;
  /** How often at most it is reported that it misses events. */
  missingReportMs: number;
  /** How long it may take at the end of the process to handle what waits for it. */
  drainMs: number;
  /** Threads of all plugins of a process; the others wait for one to be idle. */
  threads: number;
}

export const pluginLimits: PluginLimits = {
  queueEvents: 10_000,
  queueText: 8_000_000,
  batchEvents: 256,
  batchText: 256_000,
  callMs: 5000,
  loadMs: 15_000,
  watchMs: 250,
  heapMb: 128,
  externalMb: 256,
  restMs: [100, 1000, 5000],
  amnestyMs: 600_000,
  idleMs: 60_000,
  outputPerMinute: 16_000,
  missingReportMs: 60_000,
  drainMs: 2000,
  threads: 32,
};
