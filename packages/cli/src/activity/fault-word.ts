import type { Fault } from '@espalier/core';

/** Why a try came to nothing, in a word: the kind of failure that a provider had, such as `rate limited`, else the code of the error. */
export function faultWord({ code, details }: Fault): string {
  if (code === 'effect.outcome_unknown') return 'an interruption';
  return typeof details?.kind === 'string' ? details.kind.replaceAll('_', ' ') : code;
}
