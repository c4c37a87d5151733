/** A path of keys and indexes as a JSON Pointer (RFC 6901); empty for the whole value. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => pointerStep(step)).join('');
}

/** The part of a JSON Pointer that one key or index adds, with its slash. */
export function pointerStep(step: PropertyKey): string {
  return `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
