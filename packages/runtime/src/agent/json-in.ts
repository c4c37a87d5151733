import type { Json } from '@espalier/core';

/** A model's answer as JSON: the whole text, or the first fenced block in it; undefined if neither parses. */
export function jsonIn(text: string): Json | undefined {
  const whole = parse(text);
  return whole === undefined ? parse(fenced(text)) : whole;
}

function parse(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function fenced(text: string): string | undefined {
  const open = text.indexOf('```');
  if (open < 0) return undefined;
  const start = text.indexOf('\n', open);
  const end = start < 0 ? -1 : text.indexOf('```', start);
  return end < 0 ? undefined : text.slice(start + 1, end);
}
