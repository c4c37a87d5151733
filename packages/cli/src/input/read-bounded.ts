import { open } from 'node:fs/promises';
import { EspalierError } from '@espalier/core';

/** More than this is no instruction; it would be copied into the journal. */
const maxInputBytes = 10_000_000;

/** The text of a file. @throws EspalierError `input.invalid` if it cannot be read, is too large or is not UTF-8. */
export async function readTextFile(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > maxInputBytes) throw tooLarge(path);
    return decoded(await file.readFile(), path);
  } catch (thrown) {
    if (thrown instanceof EspalierError) throw thrown;
    throw new EspalierError('input.invalid', `Cannot read ${path}: ${reasonOf(thrown)}.`, { cause: thrown });
  }
}

/** All that a stream gives. @throws EspalierError `input.invalid` if it is too much or not UTF-8. */
export async function readStream(stream: AsyncIterable<Buffer | string>, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > maxInputBytes) throw tooLarge(name);
  }
  return decoded(Buffer.concat(chunks), name);
}

function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new EspalierError('input.invalid', `${name} is not text in UTF-8.`);
  }
}

function tooLarge(name: string): EspalierError {
  return new EspalierError('input.invalid', `${name} holds more than ${maxInputBytes / 1_000_000} MB; expected an input of at most that.`);
}

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return thrown instanceof Error ? thrown.message : String(thrown);
}
