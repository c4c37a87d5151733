import { EspalierError } from '@espalier/core';

/** @throws EspalierError `input.invalid` if `hash` is not a SHA-256 in lower-case hexadecimal: hashes become paths. */
export function checkHash(hash: string): void {
  if (/^[0-9a-f]{64}$/.test(hash)) return;
  throw new EspalierError(
    'input.invalid',
    `${JSON.stringify(hash.slice(0, 100))} is not the hash of an artifact: expected 64 digits 0-9 or a-f.`,
  );
}
