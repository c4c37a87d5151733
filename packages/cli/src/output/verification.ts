import type { Divergence, EngineEvent, Json } from '@espalier/core';
import type { RunVerification } from '@espalier/platform';
import { countText } from './quantities.ts';
import { readableValue } from './readable-value.ts';
import { boundedText } from './run-report.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wrap-text.ts';

type Recomputation = NonNullable<RunVerification['recomputation']>;

/** What was checked and what came of it. */
export function verificationText(run: string, verification: RunVerification, { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  if (!verification.ok) return divergenceText(run, verification.divergence, { width, style });
  const { events, ended, recomputation } = verification;
  const checked = `Its ${countText(events, 'event')} were replayed: every step follows from the workflow and the recorded results. ${
    ended ? 'The run has ended.' : 'The run has not ended; its journal is sound so far.'
  }`;
  const performed = recomputation ? recomputationText(recomputation, { width, style }) : indented(notRecomputed, 2, width);
  return `${style.green('✓')} ${style.bold(run)} follows from its workflow\n${indented(checked, 2, width)}${performed}`;
}

const notRecomputed = 'Handlers, models and tools were not called. --recompute performs the pure nodes again.';

function divergenceText(
  run: string,
  { seq, reason, expected, found }: Divergence,
  { width, style }: { width: number; style: Style },
): string {
  const part = (title: string, event: EngineEvent | undefined) =>
    `  ${style.bold(title)}\n${boundedText(event === undefined ? 'nothing more' : readableValue(plain(event)), width)
      .replaceAll(/^/gm, '  ')
      .trimEnd()}\n`;
  const head = `${style.red('✗')} ${style.bold(run)} diverges at event ${seq}\n${indented(reason, 2, width)}`;
  return `${head}${part('Expected', expected)}${part('Found', found)}`;
}

function recomputationText({ recomputed, skipped, differences }: Recomputation, { width, style }: { width: number; style: Style }): string {
  const skippedText = skipped === 0 ? '' : ` ${countText(skipped, 'node')} with effects (agents, tools, custom code) were left out.`;
  if (differences.length === 0) {
    return indented(`${countText(recomputed, 'pure node')} performed again: the same results.${skippedText}`, 2, width);
  }
  const head = `${style.red('✗')} ${countText(differences.length, 'node')} of ${recomputed} performed again gave another result.${skippedText}\n`;
  const parts = differences.slice(0, 10).map(({ seq, node, task, recorded, recomputed: again }) => {
    const where = `  ${style.bold(`event ${seq}, node ${node}`)} (${task})\n`;
    return `${where}    recorded\n${block(plain(recorded), width)}    now\n${block(plain(again), width)}`;
  });
  return head + parts.join('');
}

function block(value: Json, width: number): string {
  return boundedText(readableValue(value), width - 4).replaceAll(/^(?=.)/gm, '    ');
}

/** Events are plain data, but their types have members that may be undefined. */
function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value));
}
