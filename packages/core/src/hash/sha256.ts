import { hash } from 'node:crypto';
import { canonicalJson, type Json } from '../wire/json.ts';

/** The SHA-256 of bytes, or of text as UTF-8; hexadecimal, lower case. */
export function sha256(content: Uint8Array | string): string {
  return hash('sha256', content, 'hex');
}

/** The SHA-256 of a value's canonical JSON: independent of key order and formatting. */
export function hashJson(value: Json): string {
  return sha256(canonicalJson(value));
}
