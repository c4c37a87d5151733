import { EspalierError, type JsonObject, jsonFault } from '@espalier/core';

const longest = 8192;

/** Refuses what a queue cannot or should not hold. @throws EspalierError `payload.invalid_text`, `input.invalid`. */
export function checkJobData(name: string, data: JsonObject): void {
  const fault = jsonFault(data);
  if (fault)
    throw new EspalierError('payload.invalid_text', `The data of job ${name} cannot be stored: ${fault.reason} at ${fault.path || '/'}.`);
  const size = Buffer.byteLength(JSON.stringify(data));
  if (size <= longest) return;
  throw new EspalierError(
    'input.invalid',
    `The data of job ${name} has ${size} bytes; at most ${longest} are taken. Send an id, and keep the content where it belongs.`,
  );
}
