/**
 * How long a provider asks to be left alone, in milliseconds: `retry-after-ms` (OpenAI, Azure), `x-ms-retry-after-ms` (Azure), or
 * `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), which is counted from the provider's own clock where it tells the time.
 */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const delay = numberIn(headers.get(name));
    if (delay !== undefined) return Math.ceil(delay);
  }
  const retryAfter = headers.get('retry-after');
  const seconds = numberIn(retryAfter);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const [until, since] = [dateIn(retryAfter), dateIn(headers.get('date')) ?? now];
  return until === undefined ? undefined : Math.max(0, until - since);
}

function numberIn(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

/** Every form of HTTP dates has a time of day; without one, `Date.parse` takes almost anything for a date. */
function dateIn(text: string | null): number | undefined {
  const time = text !== null && /\d\d:\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
