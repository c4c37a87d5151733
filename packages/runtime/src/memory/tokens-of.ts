import { canonicalJson, type Json } from '@espalier/core';
import { estimateTokenCount } from 'tokenx';

/** How many tokens a value takes in a prompt. An estimate. */
export function tokensOf(value: Json): number {
  return estimateTokenCount(typeof value === 'string' ? value : canonicalJson(value));
}
