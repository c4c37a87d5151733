import { randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EspalierError, hashJson, isJsonObject, type Json } from '@espalier/core';
import type { Secret } from '../credentials/secret.ts';
import { makeDirectory, syncDirectory } from '../storage/durable-file.ts';
import { storageFailure, systemCode, systemReason } from '../storage/storage-failure.ts';
import { type CassetteHeader, decodeCall, decodeHeader, encodeLine, type RecordedCall } from './cassette.ts';
import { cutLike } from './pieces.ts';
import { Scrub } from './scrub.ts';

/** What a recording is told. */
export interface RecordingOptions {
  /** The version of Espalier. */
  espalier: string;
  workflow?: string | undefined;
  /** The secrets in use, asked for at each call: they are kept out of the cassette. */
  secrets(): readonly Secret[];
  /** Milliseconds since the epoch. */
  now(): number;
}

/** How a call that was begun ended, as a line of the cassette says it; `deltas` are the pieces in which its text came. */
export type EndOfCall = (result: object, deltas?: readonly string[]) => Promise<void>;

/** The call that is being recorded, as far as its line says it before it has ended. */
interface Begun {
  kind: RecordedCall['kind'];
  target: string;
  hash: string;
  occurrence: number;
  request: Json;
}

/**
 * Writes the calls of one run into a cassette, for nobody but its owner to read. Until `close` they are in a draft beside it, to which each call
 * is added as it ends: after a kill it is a cassette of the calls so far.
 * A recording that cannot go on disturbs no call: it ends, and `close` says why.
 */
export class Recorder {
  /** Where the calls are before `close`. */
  readonly draft: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #scrub: Scrub;
  readonly #occurrences = new Map<string, number>();
  #lines = 1;
  #writing: Promise<void> = Promise.resolve();
  /** Why the recording ended early. */
  #fault: unknown;
  #closing: Promise<void> | undefined;

  private constructor(path: string, draft: { path: string; file: FileHandle }, scrub: Scrub) {
    this.#path = path;
    this.draft = draft.path;
    this.#file = draft.file;
    this.#scrub = scrub;
  }

  /**
   * Begins a recording; creates the directory of `path` if there is none.
   * @throws EspalierError `cassette.invalid` if `path` is something else than a cassette; `storage.failed`.
   */
  static async start(path: string, { espalier, workflow, secrets, now }: RecordingOptions): Promise<Recorder> {
    await checkReplaceable(path);
    const scrub_key = randomBytes(16).toString('hex');
    const recorded_at = new Date(now()).toISOString();
    const header: CassetteHeader = { cassette: 1, espalier, recorded_at, ...(workflow === undefined ? {} : { workflow }), scrub_key };
    const draft = `${path}.${randomUUID()}.draft`;
    try {
      await makeDirectory(dirname(path));
      const file = await open(draft, 'wx', 0o600);
      const recorder = new Recorder(path, { path: draft, file }, new Scrub({ key: scrub_key, secrets }));
      await file.appendFile(encodeLine(header));
      return recorder;
    } catch (thrown) {
      throw storageFailure(thrown, `write ${draft}`);
    }
  }

  /** Notes that a call begins, in the order of equal requests. The call is recorded when its end is told, and else left out. */
  begin(kind: RecordedCall['kind'], target: string, request: unknown): EndOfCall {
    try {
      const scrubbed = this.#scrub.json(request).value;
      const hash = hashJson(scrubbed);
      const key = `${kind} ${hash} ${target}`;
      const occurrence = (this.#occurrences.get(key) ?? 0) + 1;
      this.#occurrences.set(key, occurrence);
      const call = { kind, target, hash, occurrence, request: scrubbed };
      return (result, deltas) => this.#end(call, result, deltas);
    } catch (thrown) {
      this.#fault ??= thrown;
      return async () => {};
    }
  }

  /**
   * Waits for what is being written, and puts the cassette in its place; calls that end later are left out.
   * @throws EspalierError `storage.failed`, `cassette.invalid`; the draft is then left as it is.
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  #end(call: Begun, result: object, deltas: readonly string[] | undefined): Promise<void> {
    if (this.#closing !== undefined) return Promise.resolve();
    this.#writing = this.#writing.then(async () => {
      if (this.#fault !== undefined) return;
      try {
        await this.#file.appendFile(this.#line(call, result, deltas));
        this.#lines += 1;
      } catch (thrown) {
        this.#fault = thrown;
      }
    });
    return this.#writing;
  }

  /** Pieces are scrubbed as one text: what is secret may begin in one and end in the next. What could not be read back is not written. */
  #line(call: Begun, result: object, deltas: readonly string[] | undefined): string {
    const pieces = deltas && cutLike(this.#scrub.text(deltas.join('')), deltas);
    const { value } = this.#scrub.json(result);
    const fields = { ...call, ...(pieces ? { deltas: pieces } : {}), ...(isJsonObject(value) ? value : {}) };
    return encodeLine(decodeCall(JSON.stringify(fields), { file: this.draft, line: this.#lines + 1 }).call);
  }

  async #finish(): Promise<void> {
    await this.#writing;
    try {
      await using file = this.#file;
      if (this.#fault !== undefined) throw this.#endedEarly();
      await file.sync();
      await checkReplaceable(this.#path);
      await rename(this.draft, this.#path);
      await syncDirectory(dirname(this.#path));
    } catch (thrown) {
      throw storageFailure(thrown, `finish the cassette ${this.#path}, of which the calls are in ${this.draft}`);
    }
  }

  #endedEarly(): EspalierError {
    const fault = this.#fault;
    const reason = fault instanceof EspalierError ? fault.message : `${systemReason(fault)}.`;
    const message = `The recording of ${this.#path} ended before its run did; the calls up to then are in ${this.draft}. Reason: ${reason}`;
    return new EspalierError('storage.failed', message, { cause: fault });
  }
}

/** The longest first line of a cassette is much shorter. */
const headerBytes = 65_536;

/** Whether a cassette may be put at `path`: there is none yet, or there is one. */
async function checkReplaceable(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isFile()) throw new EspalierError('cassette.invalid', `${path} is no file: expected a cassette, or nothing.`);
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    decodeHeader(buffer.subarray(0, bytesRead).toString().split('\n', 1)[0] ?? '', { file: path, line: 1 });
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return;
    throw storageFailure(thrown, `look at ${path}`);
  }
}
