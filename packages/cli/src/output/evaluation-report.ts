import type { AssertionResult, CaseResult, Evaluation } from '@espalier/platform';
import { countOutcomes } from '@espalier/platform';
import { oneLine, printable } from './printable.ts';
import { countText, durationText } from './quantities.ts';
import { readableValue } from './readable-value.ts';
import type { Paint, Style } from './style.ts';
import { type Cell, labelled, table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wrap-text.ts';

interface ReportOptions extends Pick<Terminal, 'width' | 'style'> {
  /** Command lines to go on with. */
  next: readonly string[];
}

/** A table of all cases, what was wrong with those that did not pass, and how many there were of each. */
export function evaluationReport(evaluation: Evaluation, { width, style, next }: ReportOptions): string {
  const { cases, notices } = evaluation;
  const facts = [
    ...notices.map((notice) => labelled('Note', oneLine(notice), style.yellow)),
    labelled('Kept as', evaluation.evaluation, style.dim),
    ...next.map((command, index) => labelled(index === 0 ? 'Next' : '', command, style.dim)),
  ];
  const wrong = cases.filter(({ outcome }) => outcome !== 'passed').map((result) => `\n${caseDetails(result, { width, style })}`);
  return `${caseTable(cases, { width, style })}${wrong.join('')}\n${totals(evaluation, style)}\n${facts.join('')}`;
}

const symbols = { passed: '✓', failed: '✗', errored: '!' } as const;

function paintOf(outcome: CaseResult['outcome'], style: Style): Paint {
  return { passed: style.green, failed: style.red, errored: style.red }[outcome];
}

function caseTable(cases: readonly CaseResult[], { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  const asked = cases.some(({ models }) => models.length > 0);
  const titles = ['', 'Outcome', 'Took', 'Assertions', ...(asked ? ['Models'] : []), 'Case'];
  const rows = cases.map((result): Cell[] => {
    const { outcome, assertions, duration_ms, models } = result;
    const paint = paintOf(outcome, style);
    const passed = assertions.filter((assertion) => assertion.passed).length;
    return [
      { text: symbols[outcome], paint },
      { text: outcome, paint },
      { text: durationText(duration_ms), right: true },
      { text: assertions.length === 0 ? '' : `${passed} of ${assertions.length}`, right: true },
      ...(asked ? [models.join(' ')] : []),
      nameOf(result),
    ];
  });
  return table(rows, { width: Math.max(width, 80), head: { titles, paint: style.dim }, indent: 0 });
}

/** `suite/case`. */
export function nameOf(result: Pick<CaseResult, 'suite' | 'case'>): string {
  return oneLine(`${result.suite}/${result.case}`);
}

/** Why a case did not pass. */
export function caseDetails(result: CaseResult, { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  const { error, run } = result;
  const head = `${style.red(symbols[result.outcome])} ${style.bold(nameOf(result))}${run === undefined ? '' : style.dim(`  ${run}`)}\n`;
  const fault = error === undefined ? '' : indented(`${error.message} [${error.code}]`, 2, width);
  const failed = result.assertions.filter((assertion) => !assertion.passed);
  return head + fault + failed.map((assertion) => assertionDetails(assertion, width)).join('');
}

function assertionDetails(assertion: AssertionResult, width: number): string {
  const { message, expected, actual } = assertion;
  return [
    indented(assertionTitle(assertion), 2, width),
    expected === undefined ? '' : part('expected', readableValue(expected), width),
    actual === undefined ? '' : part('actual', readableValue(actual), width),
    message === undefined ? '' : part('because', message, width),
  ].join('');
}

/** `contains at summary.title`, `scored at text: 0.4, expected at least 0.6`. */
export function assertionTitle({ type, field_path, score, at_least }: AssertionResult): string {
  const where = field_path === undefined ? '' : ` at ${field_path}`;
  const points = score === undefined ? '' : `: ${Number(score.toFixed(4))}, expected at least ${at_least ?? 0}`;
  return oneLine(`${type}${where}${points}`);
}

const mostLines = 12;

/** A label and a text beside it, or below it if it takes more than one line. */
function part(label: string, text: string, width: number): string {
  const lines = printable(text).trimEnd().split('\n');
  if (lines.length === 1 && text.length < width - 20) return indented(`${label.padEnd(9)} ${lines[0]}`, 4, width);
  const shown = indented(
    lines
      .slice(0, mostLines)
      .join('\n')
      .slice(0, mostLines * 200),
    6,
    width,
  )
    .trimEnd()
    .split('\n');
  const more = Math.max(lines.length, shown.length) - mostLines;
  const rest = more > 0 ? `      … ${countText(more, 'more line')}\n` : '';
  return `    ${label}\n${shown.slice(0, mostLines).join('\n')}\n${rest}`;
}

function totals({ workflow, cases, duration_ms }: Evaluation, style: Style): string {
  const { passed, failed, errored } = countOutcomes(cases);
  const parts = [
    style.green(`${passed} passed`),
    ...(failed > 0 ? [style.red(`${failed} failed`)] : []),
    ...(errored > 0 ? [style.red(`${errored} errored`)] : []),
  ];
  return `${style.bold(oneLine(workflow))}: ${countText(cases.length, 'case')}, ${parts.join(', ')}, after ${durationText(duration_ms)}`;
}
