import { type JsonObject, type LinearPattern, linearPattern } from '@espalier/core';
import { bounded, clipped } from '../text/bounded.ts';
import { keywordsOf } from '../text/keywords.ts';
import { slug } from '../text/slug.ts';
import { wordsOf } from '../text/words.ts';
import { found } from './extract.ts';

const longestPadding = 100_000;
/** Only short candidates are tried. */
const longestCandidate = 128;
const mostCandidates = 200;

/** What `format` asks for when the text holds none: values that are valid and visibly empty. */
const emptyFormats: Record<string, string> = {
  date: '1970-01-01',
  'date-time': '1970-01-01T00:00:00Z',
  time: '00:00:00Z',
  duration: 'PT0S',
  email: 'nobody@example.invalid',
  uri: 'about:blank',
  uuid: '00000000-0000-0000-0000-000000000000',
  ipv4: '0.0.0.0',
  ipv6: '::',
  hostname: 'example.invalid',
};

/** The text changed as little as `format`, `pattern`, `minLength` and `maxLength` allow. `around` is where other candidates come from. */
export function constrainText(text: string, schema: JsonObject, around: string): string {
  const formatted = typeof schema.format === 'string' ? inFormat(text, schema.format, around) : text;
  const pattern = typeof schema.pattern === 'string' ? compiled(schema.pattern) : undefined;
  const fitted = withinLimits(formatted, schema);
  if (pattern === undefined || pattern.test(fitted.slice(0, longestCandidate * 16))) return fitted;
  return (
    candidates(formatted, around)
      .map((candidate) => withinLimits(candidate, schema))
      .find((candidate) => pattern.test(candidate)) ?? fitted
  );
}

/** The text with a length in code points between the two limits: cut with an ellipsis, padded with full stops. */
function fitLength(text: string, shortest: number, longest: number): string {
  const short = lengthOf(text) > longest ? cut(text, longest) : text;
  const missing = Math.min(Math.ceil(shortest), longestPadding) - lengthOf(short);
  return missing > 0 ? short + '.'.repeat(missing) : short;
}

function withinLimits(text: string, { minLength, maxLength }: JsonObject): string {
  return fitLength(text, typeof minLength === 'number' ? minLength : 0, typeof maxLength === 'number' ? maxLength : Infinity);
}

/** Code units are at least as many as code points, so a cut by units is short enough. */
function cut(text: string, longest: number): string {
  return text.includes('\n') ? bounded(text, longest) : clipped(text, longest);
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _character of text) length += 1;
  return length;
}

function inFormat(text: string, format: string, around: string): string {
  const own = `${text}\n${around}`;
  const literal: Record<string, string | undefined> = {
    date: found.dates(own).find((date) => /^\d{4}-\d{2}-\d{2}$/u.test(date) && !Number.isNaN(Date.parse(date))),
    email: found.emails(own)[0],
    uri: found.urls(own)[0],
  };
  return literal[format] ?? emptyFormats[format] ?? text;
}

/** In linear time: the pattern is a user's. */
function compiled(pattern: string): LinearPattern | undefined {
  const result = linearPattern(pattern);
  return result.ok ? result.pattern : undefined;
}

function candidates(text: string, around: string): string[] {
  const words = wordsOf(bounded(`${text}\n${around}`, 4_000));
  const parts = [slug(text), ...keywordsOf(around), ...words];
  const forms = parts.flatMap((part) => [
    part,
    part.toLowerCase(),
    part.toUpperCase(),
    slug(part),
    `${slug(part)}.md`,
    slug(part).replaceAll('-', '_'),
  ]);
  return [...new Set([...forms.slice(0, mostCandidates), 'a', 'A', '0', '1', 'a1', 'AA', '00', '1.0.0', ''])].filter(
    ({ length }) => length <= longestCandidate,
  );
}
