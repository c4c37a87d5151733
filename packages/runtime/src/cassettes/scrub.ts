import { createHmac } from 'node:crypto';
import { canonicalJson, isJsonObject, type Json } from '@espalier/core';
import { redact } from '../credentials/redact.ts';
import type { Secret } from '../credentials/secret.ts';
import { type PersonalDataKind, replacePersonalData } from './personal-data.ts';

/** A value without secrets and personal data. */
export interface Scrubbed {
  value: Json;
  /** What each placeholder in it stands for; itself, if it would have to stand for two things. */
  found: Map<string, string>;
}

/** What a scrub works with. */
export interface ScrubOptions {
  /** Random, hexadecimal; the same for all values whose placeholders are to be the same. */
  key: string;
  /** The secrets in use at the time. */
  secrets(): readonly Secret[];
}

/**
 * Takes secrets, and what looks like personal data, out of JSON values: out of all text, names of members, and whole numbers that are a card's.
 * A secret becomes `[secret]`; an e-mail address, IBAN, payment card, US social security number, IP address or telephone number becomes
 * `[email:1f3c]` and the like, which depends on key and value alone: each process that has the key finds it without having seen other values.
 * What has been scrubbed stays as it is when it is scrubbed again.
 *
 * For cassettes, and no guardrail. It does not catch: names, postal addresses, dates of birth, numbers of passports, taxes and health;
 * e-mail addresses in plain words; telephone numbers without `+`, `00` or groups; social security numbers without dashes or dots; numbers in
 * words, in digits other than ASCII, or spread over lines or members; anything but secrets in Base64; what is in compressed or encrypted files.
 */
export class Scrub {
  readonly #options: ScrubOptions;

  constructor(options: ScrubOptions) {
    this.#options = options;
  }

  /** @param value JSON data; members that are undefined are left out. The rest comes in the order of canonical JSON. */
  json(value: unknown): Scrubbed {
    const found = new Map<string, string>();
    const text = this.#textScrub(found);
    return { value: scrubbed(JSON.parse(canonicalJson(value)), text), found };
  }

  text(text: string): string {
    return this.#textScrub(new Map())(text);
  }

  /** Scrubs one text after another with the secrets of now, noting in `found` what was replaced. */
  #textScrub(found: Map<string, string>): (text: string) => string {
    const secrets = this.#options.secrets();
    const replace = (kind: PersonalDataKind, original: string) => {
      const placeholder = this.#placeholder(kind, original);
      found.set(placeholder, (found.get(placeholder) ?? original) === original ? original : placeholder);
      return placeholder;
    };
    return (text) => replacePersonalData(redact(text, secrets), replace);
  }

  /**
   * Short on purpose: whoever has the cassette has its key, and could find the number behind a long hash by trying them all. Behind one of 16
   * bits there are thousands. Two values with one placeholder do no harm: calls that look equal are told apart by their order.
   */
  #placeholder(kind: PersonalDataKind, original: string): string {
    const hash = createHmac('sha256', this.#options.key).update(`${kind}:${original}`).digest('hex');
    return `[${kind}:${hash.slice(0, 4)}]`;
  }
}

function scrubbed(value: Json, text: (text: string) => string): Json {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return scrubbedNumber(value, text);
  if (Array.isArray(value)) return value.map((item) => scrubbed(item, text));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [text(name), scrubbed(member, text)]));
}

/** Only whole numbers are long enough to be a card's. */
function scrubbedNumber(value: number, text: (text: string) => string): Json {
  if (!Number.isSafeInteger(value)) return value;
  const digits = String(value);
  const left = text(digits);
  return left === digits ? value : left;
}

const placeholders = /\[(?:email|iban|card|ssn|ip|phone):[\da-f]{4}\]/g;

/** A copy of JSON data with every placeholder in it replaced by what it stands for, where that is known. */
export function restore<T>(value: T, found: ReadonlyMap<string, string>): T;
export function restore(value: unknown, found: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return restoreText(value, found);
  if (Array.isArray(value)) return value.map((item) => restore(item, found));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [restoreText(name, found), restore(member, found)]));
}

/** `text` with every placeholder in it replaced by what it stands for, where that is known. */
export function restoreText(text: string, found: ReadonlyMap<string, string>): string {
  return text.replaceAll(placeholders, (placeholder) => found.get(placeholder) ?? placeholder);
}
