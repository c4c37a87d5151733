import { join, resolve } from 'node:path';
import type { ProviderCredential } from '@espalier/core';
import { type CredentialPlace, credentialError } from './credential-error.ts';
import { textAtKey } from './file-key.ts';
import { readPrivateFile } from './private-file.ts';
import type { Secret } from './secret.ts';
import { secretOf } from './secret-text.ts';

/** Where credentials are looked for. */
export interface CredentialSources {
  /** The workflow's directory, which paths are relative to; absolute. */
  directory: string;
  /** What `~/` stands for; absolute. */
  home: string;
  /** The value of an environment variable. */
  variable: (name: string) => string | undefined;
  /** The numeric id of the user that runs this process; undefined on Windows, where files have no such owner. */
  user: number | undefined;
}

/**
 * Fetches the secret that a credential names. Not cached: a file that was written anew counts from the next call on.
 * @throws EspalierError `credential.missing`, `credential.unsafe_file`, `credential.invalid`: with names, never with what was found there.
 */
export async function resolveCredential(credential: ProviderCredential, sources: CredentialSources): Promise<Secret> {
  const { auth } = credential;
  const place = placeOf(credential, sources);
  if (auth.source === 'env') return fromVariable(place, sources);
  const text = await readPrivateFile(place, sources.user);
  if (auth.file_key === undefined) return secretOf(text, place, `${place.name} (read as a whole, since there is no file_key)`);
  return secretOf(textAtKey(text, auth.file_key, place), place, `the text at the file_key of ${place.name}`);
}

/** The place of a credential, without looking there. */
export function placeOf({ id, provider, auth }: ProviderCredential, { directory, home }: CredentialSources): CredentialPlace {
  if (auth.source === 'env') return { id, provider, source: 'env', name: auth.env_var };
  const path = /^~[/\\]/.test(auth.file_path) ? join(home, auth.file_path.slice(2)) : resolve(directory, auth.file_path);
  return { id, provider, source: 'file', name: path };
}

function fromVariable(place: CredentialPlace, { variable }: CredentialSources): Secret {
  const found = variable(place.name);
  if (found !== undefined) return secretOf(found, place, `the environment variable ${place.name}`);
  const said = `the environment variable ${place.name} is not set. Set it where Espalier is started.`;
  throw credentialError('credential.missing', place, said);
}
