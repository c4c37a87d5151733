import { usdText } from '@espalier/core';
import type { BudgetStatus } from '@espalier/platform';
import { holderText, percentOf } from './budget-words.ts';
import { bar, inkOf } from './plot.ts';
import { oneLine } from './printable.ts';
import { countText } from './quantities.ts';
import type { Paint, Style } from './style.ts';
import { type Cell, headedTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { truncateMiddle } from './text-width.ts';
import { indented } from './wrap-text.ts';

interface ReportOptions extends Pick<Terminal, 'width' | 'style'> {
  /** Whether the terminal has block characters. */
  blocks: boolean;
  /** How many others there are. */
  left: number;
  /** The command line that opens a budget. */
  open(budget: BudgetStatus): string;
}

const longestHolder = 28;
const barWidth = 12;
/** From here on in per cent a budget is marked, as its events do. */
const nearly = 80;

/** Budgets with what is used of each, and how to open those that are closed. */
export function budgetReport(budgets: readonly BudgetStatus[], { width, style, blocks, left, open }: ReportOptions): string {
  const titles = ['Budget', 'Cap', 'Spent', 'Set aside', 'Used', ''];
  const rows = budgets.map((budget): Cell[] => {
    const { cap, spent, reserved, isClosed } = budget;
    const percent = percentOf(spent + reserved, cap);
    const paint = paintOf(percent, isClosed, style);
    const plot = bar(Math.min(1, percent / 100 || (spent + reserved > 0n ? 0.001 : 0)), barWidth, inkOf(blocks));
    return [
      truncateMiddle(oneLine(holderText(budget)), longestHolder),
      { text: usdText(cap), right: true },
      { text: usdText(spent), right: true },
      { text: reserved === 0n ? '' : usdText(reserved), right: true },
      { text: isClosed ? 'closed' : `${percent} %${percent >= nearly ? ' !' : ''}`, right: true, paint },
      { text: plot, paint },
    ];
  });
  const shown = rows.length === 0 ? '' : headedTable(titles, rows, { width, style });
  const others = left === 0 ? '' : style.dim(`${countText(left, rows.length === 0 ? 'budget' : 'other')} not shown: see --all\n`);
  return shown + others + wayOut(budgets, { width, open });
}

function paintOf(percent: number, isClosed: boolean, style: Style): Paint {
  if (isClosed || percent >= 100) return style.red;
  return percent >= nearly ? style.yellow : style.cyan;
}

/** How to open those that are closed, each once however many days of it are. */
function wayOut(budgets: readonly BudgetStatus[], { width, open }: Pick<ReportOptions, 'width' | 'open'>): string {
  const commands = new Set(budgets.filter(({ isClosed }) => isClosed).map(open));
  if (commands.size === 0) return '';
  const why = 'Closed: a provider charged more than could be set aside, and nothing more is admitted. To open one again:';
  return `\n${indented(why, 0, width)}${[...commands].map((command) => `  ${command}\n`).join('')}`;
}
