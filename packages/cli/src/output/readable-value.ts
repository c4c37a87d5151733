import { isJsonObject, type Json } from '@espalier/core';

/** A longer text begins on a line of its own. */
const longestInline = 60;

/** A value as people read it: `key: value` lines, `- item` lines, long texts as indented blocks. Not meant to be parsed again. */
export function readableValue(value: Json): string {
  return linesOf(value).join('\n');
}

function linesOf(value: Json): string[] {
  if (typeof value === 'string') return value.replace(/\n+$/, '').split('\n');
  if (Array.isArray(value)) return value.length === 0 ? ['(none)'] : value.flatMap((item) => itemLines(item));
  if (!isJsonObject(value)) return [JSON.stringify(value)];
  const members = Object.entries(value);
  return members.length === 0 ? ['(empty)'] : members.flatMap(([key, member]) => memberLines(key, member));
}

function itemLines(item: Json): string[] {
  return linesOf(item).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
}

function memberLines(key: string, member: Json): string[] {
  const lines = linesOf(member);
  const isBlock =
    lines.length > 1 ||
    (lines[0] ?? '').length > longestInline ||
    (isJsonObject(member) && Object.keys(member).length > 0) ||
    (Array.isArray(member) && member.length > 0);
  return isBlock ? [`${key}:`, ...lines.map((line) => `  ${line}`)] : [`${key}: ${lines[0] ?? ''}`];
}
