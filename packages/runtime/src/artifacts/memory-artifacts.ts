import { sha256 } from '@espalier/core';
import type { Artifacts } from '../ports/artifacts.ts';
import { checkHash } from './artifact-hash.ts';

/** Artifacts that live as long as the process. Bytes are copied in and out. */
export class MemoryArtifacts implements Artifacts {
  readonly adapter = 'memory';
  readonly #contents = new Map<string, Uint8Array>();

  async put(content: Uint8Array): Promise<string> {
    const hash = sha256(content);
    if (!this.#contents.has(hash)) this.#contents.set(hash, Uint8Array.from(content));
    return hash;
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    checkHash(hash);
    const content = this.#contents.get(hash);
    return content && Uint8Array.from(content);
  }
}
