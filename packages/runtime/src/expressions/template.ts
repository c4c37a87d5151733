import { canonicalJson, EspalierError, type Json } from '@espalier/core';
import type { Bindings } from './evaluation.ts';
import { compileExpression, type Expression } from './expression.ts';

/** A text with `{{ expression }}` placeholders; `\{{` is a literal `{{`. */
export interface Template {
  readonly source: string;
  /** Strings are inserted as they are, other values as canonical JSON, null and missing values as nothing. Throws as `Expression.evaluate` does. */
  evaluate(input: Json, bindings?: Bindings, signal?: AbortSignal): Promise<string>;
}

type Part = string | Expression;

/**
 * @throws EspalierError `template.invalid` (unclosed placeholder) or `expression.invalid`, with details `position`: characters from
 * the start of the template.
 */
export function compileTemplate(source: string): Template {
  const parts = partsOf(source);
  return {
    source,
    async evaluate(input, bindings = {}, signal) {
      let text = '';
      for (const part of parts) text += typeof part === 'string' ? part : insertion(await part.evaluate(input, bindings, signal));
      return text;
    },
  };
}

function insertion(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : canonicalJson(value);
}

function partsOf(source: string): Part[] {
  const parts: Part[] = [];
  let position = 0;
  while (position < source.length) {
    const open = source.indexOf('{{', position);
    if (open < 0) break;
    if (source[open - 1] === '\\' && open > position) {
      parts.push(source.slice(position, open - 1), '{{');
      position = open + 2;
      continue;
    }
    const close = closingBraces(source, open + 2);
    if (close < 0) throw unclosed(open);
    parts.push(source.slice(position, open), compileAt(source.slice(open + 2, close), open + 2));
    position = close + 2;
  }
  parts.push(source.slice(position));
  return parts.filter((part) => part !== '');
}

/** The `}}` that ends a placeholder: not inside a string or back-quoted name, and not closing braces of the expression itself. */
function closingBraces(source: string, start: number): number {
  let depth = 0;
  for (let index = start; index < source.length; index += 1) {
    const character = source[index] as string;
    if (character === '"' || character === "'" || character === '`') index = closingQuote(source, index);
    else if (character === '{') depth += 1;
    else if (character === '}' && depth > 0) depth -= 1;
    else if (character === '}' && source[index + 1] === '}') return index;
  }
  return -1;
}

/** The index of the quote that ends the one at `start`, or the end of the text. */
function closingQuote(source: string, start: number): number {
  const quote = source[start];
  let index = start + 1;
  while (index < source.length && source[index] !== quote) index += source[index] === '\\' ? 2 : 1;
  return index;
}

function unclosed(position: number): EspalierError {
  return new EspalierError('template.invalid', `The placeholder at character ${position} is not closed: expected }}.`, {
    details: { position, expected: '}}' },
  });
}

function compileAt(expression: string, offset: number): Expression {
  try {
    return compileExpression(expression);
  } catch (thrown) {
    if (!(thrown instanceof EspalierError)) throw thrown;
    const position = offset + Number(thrown.details?.position ?? 0);
    throw new EspalierError(thrown.code, `In the placeholder at character ${offset - 2}: ${thrown.message}`, {
      details: { ...thrown.details, position },
    });
  }
}
