import { storableText } from '@espalier/core';
import { redact } from '../../credentials/redact.ts';
import { type FailureKind, type FailureOptions, ModelFailure } from '../model-failure.ts';
import type { Addressee } from './addressee.ts';

/** Longer words of a provider are cut. */
/** What is longer is cut before anything is looked for in it: its end is shown to nobody. */
const mostWords = 8000;
const longestWords = 300;

interface Circumstances extends Omit<FailureOptions, 'cause'> {
  /** The provider's own words, or what the network said. */
  words?: string | undefined;
}

/**
 * A failure that says in one sentence who failed, how, and what to do about it. It has no cause: what the SDK throws holds the request with
 * its headers.
 */
export function failure(kind: FailureKind, addressee: Addressee, { words, ...options }: Circumstances): ModelFailure {
  const quoted = shown(words ?? '', addressee);
  const said = [
    sentences[kind](addressee),
    options.status === undefined ? '' : ` (${options.status})`,
    quoted === '' ? '' : `: “${quoted}”`,
    options.retryAfterMs === undefined ? '' : `; it asks to wait ${Math.ceil(options.retryAfterMs / 1000)} s`,
  ];
  return new ModelFailure(kind, `${said.join('')}.`, options);
}

const sentences: Readonly<Record<FailureKind, (addressee: Addressee) => string>> = {
  rate_limited: (to) => `${nameOf(to)} gets too many requests from this account`,
  overloaded: (to) => `${nameOf(to)} is overloaded`,
  unavailable: (to) => `${nameOf(to)} failed or could not be reached`,
  timed_out: (to) => `${nameOf(to)} took too long`,
  interrupted: (to) => `The answer of ${nameOf(to)} broke off`,
  malformed: (to) => `${nameOf(to)} answered what cannot be read; check that base_url leads to ${to.provider}`,
  unauthorised: (to) => `${to.provider} did not accept the key${ofCredential(to)} for the model ${to.model}`,
  not_found: (to) => `${to.provider} has no model ${to.model} here; check its name, base_url and region`,
  invalid: (to) => `${nameOf(to)} does not take this request`,
  too_long: (to) => `The request is longer than ${nameOf(to)} can read`,
  quota: (to) => `The account at ${to.provider}${ofCredential(to)} has nothing left to pay for ${to.model} with`,
};

function nameOf({ provider, model }: Addressee): string {
  return `${provider}/${model}`;
}

function ofCredential({ credential }: Addressee): string {
  return credential === undefined ? '' : ` of the credential ${credential}`;
}

/** Cut between two words: half a key would not be found. */
function beginningOf(words: string): string {
  if (words.length <= mostWords) return words;
  const beginning = words.slice(0, mostWords);
  return beginning.slice(0, Math.max(beginning.lastIndexOf(' '), 0));
}

/** On one line and without the key, also where the provider itself has masked it: `sk-ab***yz`. Cut last, or half a key would be left. */
function shown(words: string, { key }: Addressee): string {
  const redacted = redact(beginningOf(words), key === undefined ? [] : [key]);
  const text = storableText(
    redacted
      .split(/(\s+)/)
      .map((word) => (word.includes('***') ? '[secret]' : word))
      .join('')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
  return text.length > longestWords ? `${text.slice(0, longestWords - 1).toWellFormed()}…` : text;
}
