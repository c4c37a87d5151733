import { usdText } from '@espalier/core';
import type { DeploymentReport } from '@espalier/platform';
import { modelColumn, nameCells, picked, priceCell, rateCell } from './deployment-tables.ts';
import { countText } from './quantities.ts';
import { paintLines, type Style } from './style.ts';
import { type Cell, headedTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wrap-text.ts';

type Layout = Pick<Terminal, 'width' | 'style'>;
type Rates = Omit<NonNullable<DeploymentReport['prices']>['perMillion'], 'tiers'>;

/** So many tokens, whose price is wanted. */
export interface Quantity {
  input: number;
  output: number;
}

/** What a million tokens cost, deployment by deployment and tier by tier, and what so many of them do. */
export function priceTable(reports: readonly DeploymentReport[], quantity: Quantity | undefined, { width, style }: Layout): string {
  const hasReasoning = reports.some(({ prices }) => prices && prices.perMillion.reasoning !== prices.perMillion.output);
  const rateTitles = ['Input', 'Cached', 'Written', 'Output', ...(hasReasoning ? ['Reasoning'] : [])];
  const titles = ['Deployment', 'Model', ...rateTitles, ...(quantity ? ['Cost'] : []), 'Prices'];
  const rates = ({ input, cacheRead, cacheWrite, output, reasoning }: Rates) =>
    [input, cacheRead, cacheWrite, output, ...(hasReasoning ? [reasoning] : [])].map((rate) => rateCell(rate, style));
  const rows = reports.flatMap((report): Cell[][] => {
    const { prices } = report;
    const known = prices ? rates(prices.perMillion) : rateTitles.map(() => rateCell(undefined, style));
    const first = [...nameCells(report, style), ...known, ...costCells(report, quantity, style), priceCell(report, style)];
    const above = (prices?.perMillion.tiers ?? []).map((tier): Cell[] => {
      return [{ text: `  above ${countText(tier.aboveInput, 'token')}`, paint: style.dim }, '', ...rates(tier)];
    });
    return [first, ...above];
  });
  const kept = modelColumn([titles, ...rows], 1, width);
  return headedTable(
    picked(titles, kept),
    rows.map((row) => picked(row, kept)),
    { width, style },
  );
}

function costCells({ prices }: DeploymentReport, quantity: Quantity | undefined, style: Style): Cell[] {
  if (!quantity) return [];
  const cost = prices?.costOf({ input_tokens: quantity.input, output_tokens: quantity.output });
  return [{ text: cost === undefined ? '–' : cost === 0n ? 'nothing' : usdText(cost), right: true, paint: style.bold }];
}

/** Which tables the prices are from: in dollars, for a million tokens; and what was reckoned with. */
export function priceNote(reports: readonly DeploymentReport[], { width, style }: Layout, quantity?: Quantity): string {
  const versions = [...new Set(reports.flatMap(({ prices }) => prices?.version ?? []))].filter((version) => version !== 'free');
  const sources = versions.map((version) => (version === 'declared' ? 'declared: models.yaml' : `published: ${version}`));
  const what = quantity ? ` Cost of ${countText(quantity.input, 'token')} in and ${quantity.output.toLocaleString('en')} out.` : '';
  const text = sources.length === 0 ? what.trim() : `Prices in US dollars per million tokens; ${sources.join('; ')}.${what}`;
  return text === '' ? '' : paintLines(indented(text, 0, width), style.dim);
}
