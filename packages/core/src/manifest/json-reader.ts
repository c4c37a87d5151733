import { addMember, listOf, newMapping, storedTextFault } from './located-mapping.ts';
import type { Located } from './manifest-document.ts';
import { maxDepth, type SyntaxFault } from './syntax-fault.ts';

interface Cursor {
  readonly text: string;
  at: number;
  readonly faults: SyntaxFault[];
}

/** Ends the reading of a text that is not JSON; caught in `readJson`, never seen outside. */
class NotJson extends Error {
  readonly fault: SyntaxFault;

  constructor(fault: SyntaxFault) {
    super(fault.message);
    this.fault = fault;
  }
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const spacePattern = /[ \t\r\n]*/y;
const constants = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/**
 * Reads strict JSON (RFC 8259) with the position of every key and value. Reading ends at the first syntax error; other faults
 * (duplicate keys, text that may not be stored) are collected and the value is returned nevertheless.
 */
export function readJson(text: string, faults: SyntaxFault[]): Located | undefined {
  const cursor: Cursor = { text, at: 0, faults };
  try {
    const root = readValue(cursor, 1);
    skipSpace(cursor);
    if (cursor.at < text.length) throw unexpected(cursor, 'the end of the file');
    return root;
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    faults.push(error.fault);
    return undefined;
  }
}

function readValue(cursor: Cursor, depth: number): Located {
  skipSpace(cursor);
  const offset = cursor.at;
  const next = cursor.text[offset];
  if (depth > maxDepth && (next === '{' || next === '[')) {
    throw new NotJson({ code: 'manifest.too_deep', message: `Values are nested more than ${maxDepth} levels deep.`, offset });
  }
  if (next === '{') return readObject(cursor, depth);
  if (next === '[') return readArray(cursor, depth);
  if (next === '"') return { value: readString(cursor), offset };
  for (const [word, value] of constants) {
    if (cursor.text.startsWith(word, offset)) {
      cursor.at += word.length;
      return { value, offset };
    }
  }
  return { value: readNumber(cursor), offset };
}

function readObject(cursor: Cursor, depth: number): Located {
  const mapping = newMapping(cursor.at);
  cursor.at += 1;
  for (let first = true; !takes(cursor, '}'); first = false) {
    if (!first) expect(cursor, ',');
    skipSpace(cursor);
    const keyOffset = cursor.at;
    if (cursor.text[keyOffset] !== '"') throw unexpected(cursor, first ? 'a key in double quotes, or }' : 'a key in double quotes');
    const key = readString(cursor);
    expect(cursor, ':');
    const fault = addMember(mapping, key, { keyOffset, node: readValue(cursor, depth + 1) });
    if (fault) cursor.faults.push(fault);
  }
  return mapping;
}

function readArray(cursor: Cursor, depth: number): Located {
  const offset = cursor.at;
  const items: Located[] = [];
  cursor.at += 1;
  for (let first = true; !takes(cursor, ']'); first = false) {
    if (!first) expect(cursor, ',');
    items.push(readValue(cursor, depth + 1));
  }
  return listOf(items, offset);
}

function readString(cursor: Cursor): string {
  const offset = cursor.at;
  const end = closingQuote(cursor.text, offset) + 1;
  const text = parsedString(cursor.text.slice(offset, end));
  if (text === undefined) {
    const message = 'This text is not closed on its line, or holds an escape or control character that JSON does not allow.';
    throw new NotJson({ code: 'manifest.syntax', message, offset });
  }
  cursor.at = end;
  const fault = storedTextFault(text, offset);
  if (fault) cursor.faults.push(fault);
  return text;
}

/** Where the text that opens at `offset` ends, or -1. A scan and not a regular expression: those overflow on texts of megabytes. */
function closingQuote(text: string, offset: number): number {
  let quote = text.indexOf('"', offset + 1);
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote;
}

function isEscaped(text: string, quote: number): boolean {
  let start = quote;
  while (text[start - 1] === '\\') start -= 1;
  return (quote - start) % 2 === 1;
}

function parsedString(source: string): string | undefined {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

function readNumber(cursor: Cursor): number {
  const offset = cursor.at;
  const source = match(cursor, numberPattern);
  if (source === undefined) throw unexpected(cursor, 'a JSON value');
  const value = Number(source);
  if (!Number.isFinite(value)) {
    cursor.faults.push({ code: 'manifest.number_not_finite', message: `${source.slice(0, 40)} is too large for a number.`, offset });
  }
  return value;
}

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function skipSpace(cursor: Cursor): void {
  match(cursor, spacePattern);
}

function takes(cursor: Cursor, mark: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== mark) return false;
  cursor.at += 1;
  return true;
}

function expect(cursor: Cursor, mark: string): void {
  if (!takes(cursor, mark)) throw unexpected(cursor, mark);
}

function unexpected(cursor: Cursor, expected: string): NotJson {
  const found =
    cursor.at < cursor.text.length ? JSON.stringify(String.fromCodePoint(cursor.text.codePointAt(cursor.at) ?? 0)) : 'the end of the file';
  return new NotJson({
    code: 'manifest.syntax',
    message: `Expected ${expected} but found ${found}: a .json file must be strict JSON.`,
    offset: cursor.at,
  });
}
