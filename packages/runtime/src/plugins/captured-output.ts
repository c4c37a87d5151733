const minuteMs = 60_000;

/**
 * Takes what this thread writes to its standard output and error. `show` gets it, gathered once per turn of the event loop, up to
 * `perMinute` characters a minute; the rest is dropped where it is written.
 */
export function captureOutput(perMinute: number, show: (text: string) => void): void {
  let waiting = '';
  let left = perMinute;
  let since = performance.now();
  const flush = () => {
    const text = waiting;
    waiting = '';
    show(text);
  };
  const take = (chunk: unknown) => {
    const now = performance.now();
    if (now - since >= minuteMs) [since, left] = [now, perMinute];
    if (left <= 0) return;
    const text = String(chunk).slice(0, left);
    left -= text.length;
    if (waiting === '') setImmediate(flush);
    waiting += text;
    if (left <= 0) waiting += '\n(more of this minute is dropped)';
  };
  for (const stream of [process.stdout, process.stderr]) stream.write = writer(take);
}

/** As a stream's `write`, for callers that wait until it is done. */
function writer(take: (chunk: unknown) => void): typeof process.stdout.write {
  return (chunk: unknown, encoding?: unknown, done?: unknown) => {
    take(chunk);
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') queueMicrotask(() => callback());
    return true;
  };
}
