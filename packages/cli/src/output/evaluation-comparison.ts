import type { CaseChange, CaseComparison, EvaluationComparison } from '@espalier/platform';
import { isRegression } from '@espalier/platform';
import { caseDetails, nameOf } from './evaluation-report.ts';
import { oneLine } from './printable.ts';
import { countText, timeText } from './quantities.ts';
import type { Paint, Style } from './style.ts';
import { type Cell, labelled, table } from './table.ts';
import type { Terminal } from './terminal.ts';

const words: Readonly<Record<CaseChange, string>> = {
  newly_failing: 'newly failing',
  newly_passing: 'newly passing',
  still_failing: 'still failing',
  still_passing: 'still passing',
  added: 'added',
  removed: 'removed',
};

/** What is different between two evaluations; cases that pass as before with the same output are only counted. */
export function evaluationComparison(comparison: EvaluationComparison, { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  const { cases } = comparison;
  const told = cases.filter(isNews);
  const rows = told.map((one): Cell[] => [
    { text: words[one.change], paint: paintOf(one, style) },
    one.output_changed ? 'other output' : '',
    { text: one.duration_ratio === null ? '' : ratioText(one.duration_ratio), right: true },
    nameOf(one),
  ]);
  const head = { titles: ['Change', 'Output', 'Time', 'Case'], paint: style.dim };
  const details = told.flatMap((one) => (isRegression(one) && one.newer ? [`\n${caseDetails(one.newer, { width, style })}`] : []));
  const news = rows.length === 0 ? '' : `${table(rows, { width: Math.max(width, 80), head, indent: 0 })}${details.join('')}\n`;
  return `${facts(comparison, style)}\n${news}${changesText(comparison)}\n`;
}

/** What is compared, and what may be the cause of differences. */
function facts({ older, newer, changed_files: files, duration_ratio: ratio }: EvaluationComparison, { dim }: Style): string {
  const engines = older.engine_version === newer.engine_version ? [] : [`${older.engine_version} → ${newer.engine_version}`];
  const ratios = ratio === null ? [] : [`${ratioText(ratio)} as long, over the cases that both have`];
  return [
    labelled('Older', headText(older), dim),
    labelled('Newer', headText(newer), dim),
    labelled('Files', oneLine(files.length === 0 ? 'the same' : `changed: ${files.join(', ')}`), dim),
    ...engines.map((text) => labelled('Engine', oneLine(text), dim)),
    ...ratios.map((text) => labelled('Time', text, dim)),
  ].join('');
}

/** `1 newly failing, 3 still passing; 2 cases with another output`. */
function changesText({ cases }: EvaluationComparison): string {
  const counts = Object.entries(words).flatMap(([change, text]) => {
    const count = cases.filter((one) => one.change === change).length;
    return count === 0 ? [] : [`${count} ${text}`];
  });
  const changed = cases.filter((one) => one.output_changed).length;
  return `${counts.join(', ')}${changed === 0 ? '' : `; ${countText(changed, 'case')} with another output`}`;
}

function isNews({ change, output_changed }: CaseComparison): boolean {
  return change !== 'still_passing' || output_changed;
}

function paintOf(one: CaseComparison, style: Style): Paint {
  if (isRegression(one) || one.change === 'still_failing') return style.red;
  return one.change === 'newly_passing' ? style.green : (text) => text;
}

function headText({ evaluation, started_at, workflow, workflow_hash }: EvaluationComparison['older']): string {
  return oneLine(`${evaluation}  ${timeText(started_at)}  ${workflow} ${workflow_hash.slice(0, 12)}`);
}

function ratioText(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}
