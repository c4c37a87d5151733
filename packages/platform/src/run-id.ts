import { randomUUID } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new id that sorts by time: the kind, and the base-32 digits of 48 bits of time and 40 random bits, as in a ULID but shorter. */
export function newId(kind: 'run' | 'task' | 'eval', now: number): string {
  return `${kind}_${base32(BigInt(now), 10)}${base32(BigInt(`0x${randomUUID().slice(0, 8)}${randomUUID().slice(0, 2)}`), 8)}`;
}

function base32(value: bigint, digits: number): string {
  let text = '';
  for (let rest = value; text.length < digits; rest >>= 5n) text = alphabet.charAt(Number(rest & 31n)) + text;
  return text;
}
