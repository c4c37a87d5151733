import { constants, type FileHandle, open } from 'node:fs/promises';
import { systemCode, systemReason } from '../storage/storage-failure.ts';
import { type CredentialPlace, credentialError } from './credential-error.ts';
import { maxSecretBytes } from './secret-text.ts';

// Without O_NONBLOCK, opening a pipe would wait for its other end for ever.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** What is looked at of an open file. */
interface FileRights {
  mode: number;
  uid: number;
}

/**
 * The text of a file that only its owner can use. Links are followed: what counts is the file that was opened.
 * @param user who runs this process; undefined where files have no owner and mode (Windows), and then neither is checked.
 * @throws EspalierError `credential.missing`, `credential.unsafe_file`, `credential.invalid`.
 */
export async function readPrivateFile(place: CredentialPlace, user: number | undefined): Promise<string> {
  await using file = await opened(place);
  const found = await file.stat();
  if (!found.isFile()) throw notAFile(place);
  const danger = user === undefined ? undefined : dangerOf(found, place.name, user);
  if (danger !== undefined) throw credentialError('credential.unsafe_file', place, danger);
  if (found.size > maxSecretBytes) throw tooLarge(place);
  return decoded(await readBounded(file, place), place);
}

async function opened(place: CredentialPlace): Promise<FileHandle> {
  try {
    return await open(place.name, readFlags);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'EISDIR' || code === 'ENXIO') throw notAFile(place);
    const said =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `there is no file ${place.name}. Write the secret there, for its owner alone (mode 600).`
        : `${place.name} cannot be read: ${systemReason(thrown)}. Let the user that runs Espalier read it.`;
    throw credentialError('credential.missing', place, said);
  }
}

/** Why a secret in such a file is not safe, or undefined. */
export function dangerOf({ mode, uid }: FileRights, path: string, user: number): string | undefined {
  if (uid !== user && uid !== 0) {
    return `${path} belongs to another user (uid ${uid}). Expected a file of the user that runs Espalier, or of root: copy it or change its owner.`;
  }
  if ((mode & 0o077) === 0) return undefined;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return `${path} can be used by others than its owner (mode ${octal}). Run: chmod 600 ${shellWord(path)}`;
}

/** A path in advice is copied into a shell, and a workflow chose it. */
function shellWord(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Reads to the end, which may be further away than the size said: the file can grow meanwhile. */
async function readBounded(file: FileHandle, place: CredentialPlace): Promise<Buffer> {
  const buffer = Buffer.alloc(maxSecretBytes + 1);
  let total = 0;
  while (total < buffer.length) {
    const { bytesRead } = await file.read(buffer, total, buffer.length - total, null);
    if (bytesRead === 0) return buffer.subarray(0, total);
    total += bytesRead;
  }
  throw tooLarge(place);
}

function decoded(bytes: Buffer, place: CredentialPlace): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw credentialError('credential.invalid', place, `${place.name} is not text in UTF-8. Write it again as plain text.`);
  }
}

function notAFile(place: CredentialPlace) {
  return credentialError('credential.invalid', place, `${place.name} is not a regular file. Name the file that holds the secret.`);
}

function tooLarge(place: CredentialPlace) {
  return credentialError('credential.invalid', place, `${place.name} holds more than ${maxSecretBytes} bytes: expected a file of secrets.`);
}
