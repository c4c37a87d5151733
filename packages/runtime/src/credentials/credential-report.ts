import { EspalierError, type ProviderCredential } from '@espalier/core';
import type { CredentialPlace } from './credential-error.ts';
import { type CredentialSources, placeOf, resolveCredential } from './resolve-credential.ts';

/** What may be told of a credential: its place and whether it can be used. Nothing in it is derived from a usable secret. */
export interface CredentialStatus extends CredentialPlace {
  state: 'found' | 'missing' | 'unsafe' | 'invalid';
  /** What is wrong and what to do about it, or what was not checked. */
  advice?: string;
}

const states: Readonly<Record<string, CredentialStatus['state'] | undefined>> = {
  'credential.missing': 'missing',
  'credential.unsafe_file': 'unsafe',
  'credential.invalid': 'invalid',
};

/** Looks for every credential and forgets what it found. */
export async function credentialReport(credentials: Iterable<ProviderCredential>, sources: CredentialSources): Promise<CredentialStatus[]> {
  const report: CredentialStatus[] = [];
  for (const credential of credentials) report.push(await statusOf(credential, sources));
  return report;
}

async function statusOf(credential: ProviderCredential, sources: CredentialSources): Promise<CredentialStatus> {
  const place = placeOf(credential, sources);
  try {
    await resolveCredential(credential, sources);
  } catch (thrown) {
    const state = thrown instanceof EspalierError ? states[thrown.code] : undefined;
    if (!(thrown instanceof EspalierError) || state === undefined) throw thrown;
    return { ...place, state, advice: thrown.message };
  }
  const unchecked = place.source === 'file' && sources.user === undefined;
  return { ...place, state: 'found', ...(unchecked ? { advice: uncheckedAdvice(place) } : {}) };
}

function uncheckedAdvice({ id, name }: CredentialPlace): string {
  return `Credential ${id}: this system does not tell who may read ${name}. Make sure that only its owner can.`;
}
