import { usdText } from '@espalier/core';
import type { RunComparison, RunFacts } from '@espalier/platform';
import { comparedRoutes } from './compared-routes.ts';
import { comparedWork } from './compared-work.ts';
import { countText, durationText, timeText } from './quantities.ts';
import { type Pair, sideBySide } from './side-by-side.ts';
import { paintLines } from './style.ts';
import type { Terminal } from './terminal.ts';
import { changeList } from './value-change-lines.ts';
import { indented } from './wrap-text.ts';

type Layout = Pick<Terminal, 'width' | 'style'>;

const mostChanges = 12;

/** Two runs side by side: how they fared, where they went other ways, what they put out, and what they took and called. */
export function comparisonReport(comparison: RunComparison, layout: Layout): string {
  const { style, width } = layout;
  const note = comparison.same_workflow ? '' : paintLines(indented(otherWorkflow(comparison), 0, width), style.yellow);
  const values = (title: string, changes: RunComparison['output'], whole: string) =>
    changes.length === 0 ? '' : `${style.bold(title)}\n${changeList(changes, mostChanges, { width, style, indent: 2, whole })}`;
  const parts = [
    facts(comparison, layout) + note,
    values('Input', comparison.input, 'input'),
    comparedRoutes(comparison.route, layout),
    values('Output', comparison.output, 'output') || `${style.dim('The outputs are the same.')}\n`,
    comparedWork(comparison, layout),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function otherWorkflow({ left, right }: RunComparison): string {
  const what =
    left.workflow === right.workflow ? `They ran with different versions of ${left.workflow}` : 'They are runs of different workflows';
  return `${what}: tasks and nodes are compared by their names.`;
}

function facts({ left, right }: RunComparison, layout: Layout): string {
  const pair = (label: string, text: (run: RunFacts) => string): Pair => ({ label, left: text(left), right: text(right) });
  const { bold } = layout.style;
  const pairs = [
    { ...pair('Run', ({ run }) => run), paint: { left: bold, right: bold } },
    pair('Workflow', ({ workflow, workflow_hash: hash }) => `${workflow} ${hash.slice(0, 12)}`),
    pair('Status', ({ status, outcome, exit }) => [status, outcome, exit && `exit ${exit}`].filter((part) => part !== null).join(', ')),
    pair('Reason', ({ reason }) => reason ?? ''),
    pair('Forked', forkText),
    pair('Started', ({ started_at: at }) => (at === null ? '' : timeText(at))),
    pair('Took', ({ duration_ms: ms, events }) => `${durationText(ms)}, ${countText(events, 'event')}`),
    pair('Waited', ({ time }) => (time.waiting_ms > 0 ? durationText(time.waiting_ms) : '')),
    pair('Paused', ({ time }) => (time.paused_ms > 0 ? durationText(time.paused_ms) : '')),
    pair('Tokens', ({ tokens }) => (tokens ? `${countText(tokens.input, 'token')} in, ${tokens.output.toLocaleString('en')} out` : '')),
    pair('Cost', ({ cost }) => (cost === null || cost === '0' ? '' : usdText(BigInt(cost)))),
  ];
  return sideBySide(
    pairs
      .filter(({ left: one, right: other }) => one !== '' || other !== '')
      .map((each) => ({ ...each, left: each.left || '–', right: each.right || '–' })),
    layout,
  );
}

function forkText({ forked_from: origin }: RunFacts): string {
  if (!origin) return '';
  const edits = origin.edits.map((edit) => (edit.edit === 'parameter' ? `another ${edit.path}` : `another ${edit.edit} of ${edit.task}`));
  return `from ${origin.run} at event ${origin.seq}${edits.length === 0 ? '' : ` with ${edits.join(', ')}`}`;
}
