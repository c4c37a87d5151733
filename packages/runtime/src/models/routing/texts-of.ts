import type { Json } from '@espalier/core';

/** More texts than these are not read. */
const mostTexts = 2_000;

/** The texts inside a value, as they stand in it; a text is one itself. */
export function textsOf(value: Json): string[] {
  const texts: string[] = [];
  const pending: Json[] = [value];
  while (pending.length > 0 && texts.length < mostTexts) {
    const next = pending.pop();
    if (typeof next === 'string') texts.push(next);
    else if (typeof next === 'object' && next !== null) pending.push(...Object.values(next).slice(0, mostTexts).reverse());
  }
  return texts;
}
