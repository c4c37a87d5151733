import { InvalidArgumentError } from 'commander';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/**
 * The value of an option that names a time: so long ago (`7d`, `12h`), a day (its beginning in UTC, as days of budgets are), or a time (in
 * the local time zone unless it names one). In milliseconds since the epoch.
 * @throws InvalidArgumentError, which commander reports with the name of the option.
 */
export function timeBound(text: string, now: number = Date.now()): number {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return now - Number(count) * unitMs[unit as keyof typeof unitMs];
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('Expected so long ago, such as 7d or 12h, a day such as 2026-11-01, or a time such as 2026-11-01T09:30.');
}
