import { isJsonObject, type Json } from '@espalier/core';
import type { Call } from '../activity/visit.ts';
import { calledText } from './call-words.ts';
import { countText } from './quantities.ts';

const longestText = 60;

/** A tool call on one line: `write_file  path: notes.md, content: (1,204 characters)`. Long and nested values are only measured. */
export function callSummary(call: Call): string {
  const { input } = call;
  if (input === undefined) return calledText(call);
  const members = isJsonObject(input) ? Object.entries(input).map(([key, member]) => `${key}: ${brief(member)}`) : [brief(input)];
  return `${calledText(call)}  ${members.join(', ')}`;
}

function brief(value: Json): string {
  if (typeof value === 'string') return value.length <= longestText ? value : `(${countText(value.length, 'character')})`;
  if (Array.isArray(value)) return `(${countText(value.length, 'item')})`;
  return isJsonObject(value) ? `(${countText(Object.keys(value).length, 'member')})` : JSON.stringify(value);
}
