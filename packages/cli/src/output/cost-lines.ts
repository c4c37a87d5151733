import { usdText } from '@espalier/core';
import { faultWord } from '../activity/fault-word.ts';
import type { Fallback, RunCosts } from '../activity/run-costs.ts';
import { oneLine } from './printable.ts';
import { countText } from './quantities.ts';
import type { Style } from './style.ts';
import { labelled } from './table.ts';

/** What a run has cost, if it asked anything that costs, and who had to stand in for whom. */
export function costLines({ fallbacks, ...costs }: RunCosts, style: Style): string {
  const cost = costs.requests === 0 ? [] : [labelled('Cost', costText(costs), style.dim)];
  return [...cost, ...fallbacks.map((fallback) => labelled('Fallback', fallbackText(fallback), style.dim))].join('');
}

function costText({ requests, cost, assumed, inputTokens, outputTokens }: Omit<RunCosts, 'fallbacks'>): string {
  const used = `${countText(requests, 'request')}, ${countText(inputTokens, 'token')} in, ${outputTokens.toLocaleString('en')} out`;
  const guess = assumed === 0n ? '' : `; ${usdText(assumed)} of it assumed`;
  return `${usdText(cost)}  (${used}${guess})`;
}

function fallbackText({ node, from, to, times, error }: Fallback): string {
  const why = error ? `: ${faultWord(error)}` : '';
  const often = times === 1 ? '' : `, ${times} times`;
  return oneLine(`${to} answered in the place of ${from} (${node}${often}${why})`);
}
