import { EspalierError } from '@espalier/core';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would become larger than allowed',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENOTDIR: 'part of the path is not a directory',
  EISDIR: 'it is a directory',
  EEXIST: 'it exists already',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'it is not a regular file',
  EIO: 'the device reported an error',
};

/** The code of a file-system error (`ENOENT`, …), or undefined for anything else that was thrown. */
export function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** Why a file-system operation failed, in words and with its code. */
export function systemReason(thrown: unknown): string {
  const code = systemCode(thrown);
  return code === undefined ? 'an unexpected error' : `${reasons[code] ?? 'the file system refused'} (${code})`;
}

/**
 * What was thrown while doing `action` ("write runs/r1/journal.jsonl") as an EspalierError `storage.failed`.
 * An EspalierError stays what it is.
 */
export function storageFailure(thrown: unknown, action: string): EspalierError {
  if (thrown instanceof EspalierError) return thrown;
  return new EspalierError('storage.failed', `Could not ${action}: ${systemReason(thrown)}.`, { cause: thrown });
}
