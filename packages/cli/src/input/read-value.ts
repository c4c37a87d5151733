import { resolve } from 'node:path';
import { EspalierError, type Json } from '@espalier/core';
import { readTextFile } from './read-bounded.ts';

/** A value from the command line: JSON if it can be read as that, else text; `@file` stands for what the file holds. @throws EspalierError `input.invalid`. */
export async function readValue(text: string, directory: string): Promise<Json> {
  if (!text.startsWith('@')) return parsed(text) ?? text;
  const path = resolve(directory, text.slice(1));
  const content = await readTextFile(path);
  if (!path.endsWith('.json')) return content;
  const value = parsed(content);
  if (value === undefined) throw new EspalierError('input.invalid', `${path} is not JSON.`);
  return value;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
