import { canonicalJson, isJsonObject, type Json } from '@espalier/core';

/** Whether two values are the same JSON, whatever the order of members. */
export function equal(left: Json, right: Json): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

/**
 * Whether `actual` holds `expected`: a text holds its parts, an object the members that are given, themselves held, and a list an entry that
 * holds what is expected. A list of expectations holds if each does. Other values have to be equal.
 */
export function contains(actual: Json, expected: Json): boolean {
  if (typeof actual === 'string') return typeof expected === 'string' && actual.includes(expected);
  if (Array.isArray(actual)) {
    const wanted = Array.isArray(expected) ? expected : [expected];
    return wanted.every((one) => actual.some((entry) => isHeldBy(entry, one)));
  }
  return isHeldBy(actual, expected);
}

/** As `contains`, but a text is only itself: a list of words does not hold a part of a word. */
function isHeldBy(actual: Json, expected: Json): boolean {
  if (!isJsonObject(actual) || !isJsonObject(expected)) return equal(actual, expected);
  return Object.entries(expected).every(([key, member]) => {
    const held = Object.hasOwn(actual, key) ? actual[key] : undefined;
    return held !== undefined && (isJsonObject(member) ? isHeldBy(held, member) : equal(held, member));
  });
}

/**
 * How many words two texts have in common, from 0 to 1: the harmonic mean of the shares of either text, each word counted as often as it
 * occurs (the F1 measure over bags of words). Case and punctuation do not count. Two texts without words are equal.
 */
export function wordOverlap(actual: string, expected: string): number {
  const [found, wanted] = [wordsOf(actual), wordsOf(expected)];
  if (found.length === 0 && wanted.length === 0) return 1;
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count > 0) common += 1;
    left.set(word, count - 1);
  }
  return (2 * common) / (found.length + wanted.length);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
