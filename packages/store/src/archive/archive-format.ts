import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { canonicalJson, type Json } from '@espalier/core';
import { z } from 'zod';
import type { StreamEvent } from '../log/read-stream.ts';
import type { RunRef } from '../runs/ownership.ts';

/** The first line of an archived journal; the others are its events, in order. */
const headerSchema = z.strictObject({ format: z.literal(1), tenant: z.string(), run: z.string(), events: z.int().positive() });

const eventSchema = z.strictObject({
  seq: z.int().positive(),
  type: z.string(),
  payload: z.custom<Json>((value) => value !== undefined),
  actor: z.string().nullable(),
  at: z.number(),
});

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** A whole journal as bytes: lines of canonical JSON, gzipped. */
export async function encodeArchive({ tenant, run }: RunRef, events: readonly StreamEvent[]): Promise<Uint8Array> {
  const header = { format: 1, tenant, run, events: events.length };
  const lines = [header, ...events].map((line) => `${canonicalJson(line)}\n`);
  return compress(lines.join(''));
}

/** @throws an error that says what is wrong if `content` is not the whole journal of that run. */
export async function decodeArchive({ tenant, run }: RunRef, content: Uint8Array): Promise<StreamEvent[]> {
  const [first = '', ...lines] = (await decompress(content)).toString().trimEnd().split('\n');
  const header = headerSchema.parse(JSON.parse(first));
  if (header.tenant !== tenant || header.run !== run) throw new Error(`it is the journal of run ${header.run}`);
  if (header.events !== lines.length) throw new Error(`it has ${lines.length} events instead of ${header.events}`);
  return lines.map((line) => {
    const event: unknown = JSON.parse(line);
    eventSchema.parse(event);
    return event as StreamEvent; // as it was written: Zod would put keys into another order
  });
}
