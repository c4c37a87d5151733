import { type ErrorCode, EspalierError } from '@espalier/core';

/** Which credential it is and where its secret is looked for: names only, fit for logs and events. */
export interface CredentialPlace {
  id: string;
  provider: string;
  source: 'env' | 'file';
  /** Of the variable, or the absolute path of the file. */
  name: string;
}

type CredentialCode = Extract<ErrorCode, `credential.${string}`>;

/** @param said what is wrong and what to do; it names the place and repeats nothing of what is there. */
export function credentialError(code: CredentialCode, place: CredentialPlace, said: string): EspalierError {
  const { id, provider, source, name } = place;
  return new EspalierError(code, `Credential ${id}: ${said}`, { details: { credential: id, provider, source, name } });
}
