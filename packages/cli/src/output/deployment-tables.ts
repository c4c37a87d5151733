import { usdText, type Workflow } from '@espalier/core';
import type { DeploymentReport } from '@espalier/platform';
import type { Asked } from '../deployments/ask-deployment.ts';
import { checksOf, priceOf, stateWord } from '../deployments/checks.ts';
import { oneLine } from './printable.ts';
import { durationText } from './quantities.ts';
import type { Paint, Style } from './style.ts';
import { type Cell, headedTable, tableWidth } from './table.ts';
import type { Terminal } from './terminal.ts';
import { truncate } from './text-width.ts';

type Layout = Pick<Terminal, 'width' | 'style'>;

/** Deployments, what a million tokens of each costs, whether they can be asked, and what leads to them. */
export function deploymentTable(reports: readonly DeploymentReport[], { width, style }: Layout): string {
  const titles = ['Deployment', 'Model', 'In', 'Out', 'Prices', 'State', 'Used by'];
  const rows = reports.map((report): Cell[] => {
    const { prices, fault, state } = report;
    const paint = fault ? style.red : state === 'closed' ? style.green : style.yellow;
    return [
      ...nameCells(report, style),
      rateCell(prices?.perMillion.input, style),
      rateCell(prices?.perMillion.output, style),
      priceCell(report, style),
      { text: stateWord(report), paint },
      usersOf(report).join(', '),
    ];
  });
  if (tableWidth([titles, ...rows]) <= width) return headedTable(titles, rows, { width, style });
  const columns = [0, 2, 3, 4, 5];
  const lines = headedTable(
    picked(titles, columns),
    rows.map((row) => picked(row, columns)),
    { width, style },
  ).split('\n');
  const below = reports.map((report) => `  ${style.dim(truncate(oneLine(belowText(report)), width - 2))}`);
  return lines.flatMap((line, index) => [line, ...(below[index - 1] === undefined ? [] : [below[index - 1]])]).join('\n');
}

/** What has no room beside a deployment. */
function belowText(report: DeploymentReport): string {
  const model = modelOf(report);
  return [...(model === '' ? [] : [model]), `used by ${usersOf(report).join(', ') || 'nobody'}`].join(', ');
}

/** Whatever leads to a deployment besides its own name. */
function usersOf({ candidate, usedAs }: DeploymentReport): string[] {
  return usedAs.filter((name) => name !== candidate.id);
}

/** Deployments, and whether each has what it takes to be asked. */
export function checkTable(reports: readonly DeploymentReport[], workflow: Workflow, { width, style }: Layout): string {
  const titles = ['', 'Deployment', 'Model', 'Credential', 'Price', 'Address'];
  const isBad = (word: string | undefined) => word === 'missing' || word === 'unsafe' || word === 'invalid' || word === 'unknown';
  const cell = (word: string | undefined): Cell => ({ text: word ?? '–', paint: isBad(word) ? style.red : plain });
  const rows = reports.map((report): Cell[] => {
    const { credential, price, address } = checksOf(report, workflow);
    return [symbolCell(report.fault === undefined, style), ...nameCells(report, style), cell(credential), cell(price), cell(address)];
  });
  const kept = modelColumn([titles, ...rows], 2, width);
  return headedTable(
    picked(titles, kept),
    rows.map((row) => picked(row, kept)),
    { width, style },
  );
}

/** What came of asking deployments. */
export function askedTable(asked: readonly (readonly [DeploymentReport, Asked])[], { width, style }: Layout): string {
  const titles = ['', 'Deployment', 'Took', 'In', 'Out', 'Cost', 'Answer'];
  const rows = asked.map(([report, { durationMs, inputTokens, outputTokens, cost, answer, error }]): Cell[] => [
    symbolCell(error === undefined, style),
    report.candidate.id,
    { text: durationText(durationMs), right: true },
    { text: inputTokens.toLocaleString('en'), right: true },
    { text: outputTokens.toLocaleString('en'), right: true },
    { text: cost === 0n ? 'nothing' : usdText(cost), right: true },
    error ? { text: error.code, paint: style.red } : (answer ?? ''),
  ]);
  return headedTable(titles, rows, { width, style });
}

/** The columns of a table: that of models goes where it would make it too wide, or where it is empty. */
export function modelColumn(rows: readonly (readonly Cell[])[], column: number, width: number): number[] {
  const all = (rows[0] ?? []).map((_, index) => index);
  const isEmpty = rows.slice(1).every((cells) => textOf(cells[column] ?? '') === '');
  return isEmpty || tableWidth(rows) > width ? all.filter((index) => index !== column) : all;
}

export function picked<T>(cells: readonly T[], columns: readonly number[]): T[] {
  return columns.flatMap((column) => cells.slice(column, column + 1));
}

/** The id of a deployment and its model, which is left out where both are the same. */
export function nameCells(report: DeploymentReport, style: Style): [Cell, Cell] {
  return [report.candidate.id, { text: modelOf(report), paint: style.dim }];
}

function modelOf({ candidate: { id, provider, model } }: DeploymentReport): string {
  const name = `${provider}/${model}`;
  return id === name ? '' : name;
}

/** Dollars for a million tokens. */
export function rateCell(rate: bigint | undefined, style: Style): Cell {
  return { text: rate === undefined ? '–' : usdText(rate), right: true, paint: rate === undefined ? style.dim : plain };
}

/** Whose prices they are. */
export function priceCell(report: DeploymentReport, style: Style): Cell {
  const price = priceOf(report);
  return { text: price, paint: price === 'unknown' ? style.red : plain };
}

function symbolCell(isGood: boolean, style: Style): Cell {
  const paint: Paint = isGood ? style.green : style.red;
  return { text: isGood ? '✓' : '✗', paint };
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

function plain(text: string): string {
  return text;
}
