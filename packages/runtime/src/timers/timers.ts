/** The longest delay that Node's timers take. */
const maxDelayMs = 2 ** 31 - 1;

/** Calls back after `ms` milliseconds, however long; never if undefined. Returns what stops it. */
export function startTimer(ms: number | undefined, callback: () => void): () => void {
  if (ms === undefined) return () => {};
  const end = Date.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = () => {
    timer = setTimeout(ring, Math.max(0, Math.min(end - Date.now(), maxDelayMs)));
  };
  // Node's timers may be a millisecond early.
  const ring = () => (Date.now() < end ? arm() : callback());
  arm();
  return () => clearTimeout(timer);
}

/** Resolves after `ms` milliseconds. @throws what the signal is aborted with before that. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = startTimer(ms, resolve);
  try {
    await Promise.race([promise, abortion(signal)]);
  } finally {
    stop();
  }
}

/** Rejects with the signal's reason when it is aborted. */
export function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
