import { canonicalJson } from '@espalier/core';
import type { NodeReplay } from '@espalier/platform';
import { valueChanges } from '@espalier/platform';
import { outcomePaint, outcomeSymbol } from './outcome-symbol.ts';
import { oneLine } from './printable.ts';
import { countText } from './quantities.ts';
import { readableValue } from './readable-value.ts';
import { boundedText } from './run-report.ts';
import type { Terminal } from './terminal.ts';
import { changeList } from './value-change-lines.ts';
import { indented } from './wrap-text.ts';

type Result = NodeReplay['recorded'];

/** What a node was given, and what it made of that then and now. */
export function replayReport(replay: NodeReplay, { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  const { node, task, seq, input, calls, recorded, replayed, isSame } = replay;
  const symbol = isSame ? style.green('=') : style.yellow('≠');
  const given = calls.length === 0 ? '' : `, given ${countText(calls.length, 'recorded result')}`;
  const head = `${symbol} ${style.bold(oneLine(node))} of ${oneLine(task)}, completed at event ${seq}${given}\n`;
  const called = calls
    .map(({ kind, target, outcome }) => `  ${outcomePaint(outcome, style)(outcomeSymbol(outcome))} ${kind} ${oneLine(target)}\n`)
    .join('');
  const parts = [`${style.bold('Input')}\n${boundedText(readableValue(input), width)}`];
  if (isSame) parts.push(`${style.bold('The same result as then')}\n${resultText(recorded, width)}`);
  else {
    parts.push(`${style.bold('Then')}\n${resultText(recorded, width)}`, `${style.bold('Now')}\n${resultText(replayed, width)}`);
    if (recorded.outcome !== 'failure' && replayed.outcome !== 'failure') {
      const changes = valueChanges(recorded.output, replayed.output);
      parts.push(`${style.bold('Difference')}\n${changeList(changes, 20, { width, style, indent: 2, whole: 'the output' })}`);
    }
  }
  return `${head}${called}\n${parts.join('\n')}`;
}

function resultText(result: Result, width: number): string {
  // What is on record has its members in order; the same order lets the two be compared by eye.
  if (result.outcome !== 'failure') return boundedText(readableValue(JSON.parse(canonicalJson(result.output))), width);
  const { code, message } = result.error;
  return indented(`failure: ${message} (${code})`, 2, width);
}
