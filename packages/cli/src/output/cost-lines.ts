import { type JsonObject, usdText } from '@espalier/core';
import type { Fallback, RunCosts } from '../activity/run-costs.ts';
import { amountJson } from './amounts.ts';
import { faultWord } from './call-words.ts';
import { oneLine } from './printable.ts';
import { countText } from './quantities.ts';
import type { Style } from './style.ts';
import { labelled } from './table.ts';

/** What a run has cost, if it asked anything that costs, and who had to stand in for whom. */
export function costLines({ fallbacks, ...costs }: RunCosts, style: Style): string {
  const cost = costs.requests === 0 ? [] : [labelled('Cost', costText(costs), style.dim)];
  return [...cost, ...fallbacks.map((fallback) => labelled('Instead', fallbackText(fallback), style.dim))].join('');
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

/** The same for machines. */
export function costsJson({ fallbacks, ...costs }: RunCosts): JsonObject {
  return {
    cost: {
      ...amountJson(costs.cost),
      requests: costs.requests,
      input_tokens: costs.inputTokens,
      output_tokens: costs.outputTokens,
      assumed: amountJson(costs.assumed),
    },
    fallbacks: fallbacks.map(({ error, ...fallback }) => ({ ...fallback, reason: error ? faultWord(error) : null })),
  };
}
