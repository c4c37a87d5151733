import { endingOf, type RunSummary } from '../activity/run-summary.ts';
import { costLines } from './cost-lines.ts';
import { oneLine, printable } from './printable.ts';
import { countText, durationText, sizeText } from './quantities.ts';
import { readableValue } from './readable-value.ts';
import { shownPath } from './shown-path.ts';
import type { Paint, Style } from './style.ts';
import { labelled } from './table.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wrap-text.ts';

interface ReportOptions extends Pick<Terminal, 'width' | 'style'> {
  /** The current directory: paths below it are shown relative to it. */
  directory: string;
  /** Command lines to go on with. */
  next: readonly string[];
}

const mostOutputLines = 40;

/** What a person wants to know when a run has ended: how, what it wrote, what it said, and what to type next. */
export function runReport(summary: RunSummary, { width, style, directory, next }: ReportOptions): string {
  const { result, notices, files, costs } = summary;
  const written = files.map(({ path, size }) =>
    labelled('Wrote', `${oneLine(shownPath(path, directory))}  (${sizeText(size)})`, style.bold),
  );
  const facts = [
    ...written,
    costLines(costs, style),
    ...notices.map((notice) => labelled('Note', oneLine(notice), style.yellow)),
    labelled('Run', result.run, style.dim),
    ...next.map((command, index) => labelled(index === 0 ? 'Next' : '', command, style.dim)),
  ];
  return `\n${ending(summary, { width, style })}\n${output(summary, { width, style })}${facts.join('')}`;
}

const words = {
  success: 'Success',
  partial: 'Partial success',
  failure: 'Failed',
  blocked: 'Blocked',
  cancelled: 'Cancelled',
} as const;

function ending({ result, durationMs }: RunSummary, { width, style }: Pick<ReportOptions, 'width' | 'style'>): string {
  const end = endingOf(result);
  const exit = result.exit === undefined ? '' : `, exit ${result.exit}`;
  const head = `${paintOf(end, style)(words[end])}${exit}, after ${durationText(durationMs)}\n`;
  const reason = end === 'partial' ? (result.reason ?? 'Part of the work failed: see ◐ and ✗ above.') : result.reason;
  return head + (reason === undefined ? '' : indented(reason, 2, width));
}

function paintOf(end: ReturnType<typeof endingOf>, style: Style): Paint {
  const colour = { success: style.green, partial: style.yellow, failure: style.red, blocked: style.red, cancelled: style.yellow }[end];
  return (text) => style.bold(colour(text));
}

/** A run that failed has its last value, which is nobody's answer: it is left to `inspect`. */
function output({ result }: RunSummary, { width }: Pick<ReportOptions, 'width' | 'style'>): string {
  const end = endingOf(result);
  if (result.output === null || (end !== 'success' && end !== 'partial')) return '';
  return `${boundedText(readableValue(result.output), width)}\n`;
}

/** The first lines of a text, indented and wrapped, and how many were left out. */
export function boundedText(text: string, width: number): string {
  const lines = indented(printable(text).slice(0, mostOutputLines * 1000), 2, width)
    .trimEnd()
    .split('\n');
  const more = lines.length - mostOutputLines;
  const shown = lines.slice(0, mostOutputLines).join('\n');
  return more > 0 ? `${shown}\n  … ${countText(more, 'more line')}\n` : `${shown}\n`;
}
