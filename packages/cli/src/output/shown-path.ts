import { isAbsolute, relative } from 'node:path';

/** Relative to the current directory, so that editors can open it, unless that would only climb. */
export function shownPath(path: string, current: string): string {
  const from = relative(current, path);
  return from === '' ? '.' : from.startsWith('..') || isAbsolute(from) ? path : from;
}
