import { RE2JS } from 're2js';

/** A regular expression of a JSON Schema that takes time linear in the text, whatever the pattern. `toString` tells two of them apart. */
export interface LinearPattern {
  test(text: string): boolean;
  toString(): string;
}

/** A pattern ready for use, or the words that complete "The pattern … cannot be used: ". */
export type PatternResult = { ok: true; pattern: LinearPattern } | { ok: false; reason: string };

/**
 * Compiles a pattern as JSON Schema means it: ECMA-262 with the flag `u`, not anchored, `$` at the very end only.
 * What would need backtracking, lookaround and backreferences, is refused, and so are inline flags. Never throws.
 */
export function linearPattern(source: string): PatternResult {
  try {
    // Judges the syntax only: RE2 has a dialect of its own, in which other things are valid.
    new RegExp(source, 'u');
  } catch {
    return { ok: false, reason: 'it is not a regular expression of ECMAScript with the flag u' };
  }
  const translation = translated(source);
  if (!translation.ok) return translation;
  try {
    const compiled = RE2JS.compile(translation.text);
    return { ok: true, pattern: { test: (text) => compiled.test(text), toString: () => source } };
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message.replace(/^error parsing regexp: /, '') : String(thrown);
    return { ok: false, reason: `RE2, which matches in linear time, does not support it (${detail})` };
  }
}

type Translation = { ok: true; text: string } | { ok: false; reason: string };

/** Everything that RE2 may understand differently: escapes, the bounds of character classes, special groups and the dot. */
const token =
  /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u\{[^}]+\}|\\u[\da-fA-F]{4}|\\c[a-zA-Z]|\\[pP]\{[^}]+\}|\\.|\[\^?\]?|\(\?(?:<?[=!]|<[^>\]]+>|[a-z-]+:)|[\].]/gsu;

function translated(source: string): Translation {
  let inClass = false;
  let reason: string | undefined;
  const text = source.replaceAll(token, (found) => {
    const translate = inClass ? insideClass : outsideClass;
    if (found === ']' || (found.startsWith('[') && found.endsWith(']'))) inClass = false;
    else if (found.startsWith('[')) inClass = true;
    if (translate === outsideClass) reason ??= unsupported(found);
    return found.startsWith('\\') ? escaped(found, translate === insideClass) : translate(found);
  });
  return reason === undefined ? { ok: true, text } : { ok: false, reason };
}

function unsupported(found: string): string | undefined {
  if (/^\(\?<?[=!]/.test(found)) return `lookaround (${found}) is not supported, because it cannot be matched in linear time`;
  if (/^\\[1-9k]/.test(found)) return 'backreferences are not supported, because they cannot be matched in linear time';
  return /^\(\?[a-z-]+:/.test(found) ? `inline flags (${found}) are not supported` : undefined;
}

function outsideClass(found: string): string {
  // RE2 ends lines at \n only.
  if (found === '.') return '[^\\n\\r\\x{2028}\\x{2029}]';
  if (found === '[]') return '[^\\x00-\\x{10FFFF}]';
  if (found === '[^]') return '[\\x00-\\x{10FFFF}]';
  // Nobody looks at groups, and RE2 allows fewer names.
  return found.startsWith('(?<') ? '(?:' : found;
}

function insideClass(found: string): string {
  // RE2 would read [[:alpha:] as a class of POSIX.
  return found.startsWith('[') ? `\\${found}` : found;
}

const space = '\\t-\\r \\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}';
const notSpace =
  '\\x00-\\x08\\x0E-\\x1F\\x21-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}' +
  '\\x{2060}-\\x{2FFF}\\x{3001}-\\x{FEFE}\\x{FF00}-\\x{10FFFF}';

function escaped(found: string, inClass: boolean): string {
  if (found === '\\s') return inClass ? space : `[${space}]`;
  if (found === '\\S') return inClass ? notSpace : `[${notSpace}]`;
  if (found === '\\0') return '\\x00';
  if (found === '\\b' && inClass) return '\\x08';
  if (found.startsWith('\\c')) return codePoint(found.charCodeAt(2) % 32);
  if (found.startsWith('\\u{')) return codePoint(Number.parseInt(found.slice(3, -1), 16));
  if (found.startsWith('\\u')) return codePoint(unitsOf(found).codePointAt(0) ?? 0);
  if (/^\\[pP]\{/.test(found)) return property(found);
  return found;
}

/** The text that one or two escapes of four digits stand for. */
function unitsOf(escapes: string): string {
  const units = escapes.split('\\u').slice(1);
  return String.fromCharCode(...units.map((digits) => Number.parseInt(digits, 16)));
}

function codePoint(value: number): string {
  return `\\x{${value.toString(16)}}`;
}

const categories: Readonly<Record<string, string>> = {
  Letter: 'L',
  Lowercase_Letter: 'Ll',
  Uppercase_Letter: 'Lu',
  Mark: 'M',
  Number: 'N',
  Decimal_Number: 'Nd',
  Punctuation: 'P',
  Symbol: 'S',
  Separator: 'Z',
  Space_Separator: 'Zs',
};

/** RE2 knows scripts and categories by their bare names, categories only by their short ones. */
function property(found: string): string {
  const name = found.slice(3, -1).replace(/^(?:Script|sc|General_Category|gc)=/, '');
  return `${found.slice(0, 3)}${Object.hasOwn(categories, name) ? categories[name] : name}}`;
}
