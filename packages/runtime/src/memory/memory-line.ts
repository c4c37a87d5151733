import { canonicalJson, EspalierError, type Json } from '@espalier/core';
import { rememberedSchema } from '@espalier/core/wire';
import { z } from 'zod';
import { applyChange, noEntries, type StoreChange, type StoreEntries } from './store-changes.ts';

const newline = 0x0a;

const changeSchema = z.strictObject({
  entry: rememberedSchema.extend({ run: z.string(), task: z.string(), tokens: z.int() }),
  keep: z.int().min(1),
});

/** One commit of a store as a line of its file, newline included. */
export function encodeChange({ entry, keep }: StoreChange): Buffer {
  return Buffer.from(`{"entry":${canonicalJson(entry as unknown as Json)},"keep":${keep}}\n`);
}

/** What the file of a store holds. */
export interface DecodedStore extends StoreEntries {
  /** How many commits. */
  lines: number;
  /** The length of the whole ones; what follows is the torn tail of one that was never acknowledged. */
  bytes: number;
}

/** Decodes the file of a store. @param place how messages name it. @throws EspalierError `storage.failed` with the line that is damaged. */
export function decodeStore(content: Uint8Array, place: string): DecodedStore {
  const store: DecodedStore = { ...noEntries(), lines: 0, bytes: 0 };
  for (;;) {
    const end = content.indexOf(newline, store.bytes);
    if (end < 0) return store;
    const change = parseLine(content.subarray(store.bytes, end));
    if (!change && end === content.length - 1) return store;
    if (!change) throw new EspalierError('storage.failed', `${place}, line ${store.lines + 1}, is damaged: expected an entry of memory.`);
    applyChange(store, change);
    store.lines += 1;
    store.bytes = end + 1;
  }
}

function parseLine(line: Uint8Array): StoreChange | undefined {
  try {
    const parsed = changeSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
