/** Content-addressed storage of bytes. Equal content is stored once. */
export interface Artifacts {
  readonly adapter: string;
  /** Stores `content` and returns its SHA-256, hexadecimal. */
  put(content: Uint8Array): Promise<string>;
  /** @returns undefined if nothing is stored under `hash`. @throws EspalierError `storage.failed` if the content no longer has that hash. */
  get(hash: string): Promise<Uint8Array | undefined>;
}
