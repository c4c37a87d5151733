import { readFile } from 'node:fs/promises';
import { EspalierError } from '@espalier/core';
import type { Secret } from '../credentials/secret.ts';
import { storageFailure, systemCode } from '../storage/storage-failure.ts';
import { type CassetteHeader, decodeCall, decodeHeader, type Entry, type ModelCall, type ToolCall } from './cassette.ts';
import { RecordedCalls } from './recorded-calls.ts';
import { Scrub } from './scrub.ts';

/** A cassette to replay from; it remembers which of its calls were asked for, so one is opened for each run. */
export interface Cassette {
  readonly header: CassetteHeader;
  readonly models: RecordedCalls<ModelCall>;
  readonly tools: RecordedCalls<ToolCall>;
  /** Scrubs a request as it was scrubbed when it was recorded. */
  readonly scrub: Scrub;
}

/**
 * Opens a cassette, finished or left by a recording that was killed: a last line without its newline is left out.
 * @param secrets those in use now, as when it was recorded.
 * @throws EspalierError `cassette.invalid` with the number of the line; `storage.failed`.
 */
export async function openCassette(path: string, secrets: () => readonly Secret[]): Promise<Cassette> {
  const [first = '', ...lines] = wholeLines(await contentOf(path), path);
  const header = decodeHeader(first, { file: path, line: 1 });
  const [models, tools]: [Entry<ModelCall>[], Entry<ToolCall>[]] = [[], []];
  for (const [index, text] of lines.entries()) {
    const { call, ...place } = decodeCall(text, { file: path, line: index + 2 });
    if (call.kind === 'model') models.push({ call, ...place });
    else tools.push({ call, ...place });
  }
  const scrub = new Scrub({ key: header.scrub_key, secrets });
  return { header, models: new RecordedCalls(path, models), tools: new RecordedCalls(path, tools), scrub };
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') throw new EspalierError('cassette.invalid', `There is no cassette ${path}.`, { cause: thrown });
    throw storageFailure(thrown, `read the cassette ${path}`);
  }
}

function wholeLines(content: Buffer, path: string): string[] {
  const whole = content.subarray(0, content.lastIndexOf('\n') + 1);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(whole).split('\n').slice(0, -1);
  } catch (thrown) {
    throw new EspalierError('cassette.invalid', `${path} is not text in UTF-8.`, { cause: thrown });
  }
}
