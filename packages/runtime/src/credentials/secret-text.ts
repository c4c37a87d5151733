import { type CredentialPlace, credentialError } from './credential-error.ts';
import { Secret } from './secret.ts';

/** The longest secret, and the largest file that is read for one, in bytes. */
export const maxSecretBytes = 65_536;

/**
 * What was found as a secret, without the line end that editors and `echo` leave behind it.
 * @param where what holds the text, in words.
 * @throws EspalierError `credential.invalid` for what no key looks like: the message says which, never what stands there.
 */
export function secretOf(found: string, place: CredentialPlace, where: string): Secret {
  const text = found.replace(/\r?\n$/, '');
  const fault = faultOf(text);
  if (fault !== undefined) throw credentialError('credential.invalid', place, `${where} ${fault}`);
  return new Secret(text);
}

function faultOf(text: string): string | undefined {
  if (text === '') return 'is empty: expected the secret.';
  if (Buffer.byteLength(text) > maxSecretBytes) return `holds more than ${maxSecretBytes} bytes: expected one key.`;
  if (/\s/.test(text)) return 'holds a space or line break: expected one key and nothing else.';
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(text)) return 'holds a control or invisible character: expected one key; copy it again.';
  return undefined;
}
