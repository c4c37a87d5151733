import { EspalierError, errorCatalogue, type Fault, faultOf, isJsonObject, type Json } from '@espalier/core';
import { printable } from './printable.ts';
import { type ListedProblem, problemList } from './problem-list.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wrap-text.ts';

/** The exit code of an error, from the catalogue. */
export function exitCodeOf(thrown: unknown): number {
  return errorCatalogue[faultOf(thrown).code].exit;
}

/** An error for machines: `{ error: { code, message, hint, details? } }` on one line. */
export function errorJson(thrown: unknown): string {
  const fault = faultOf(thrown);
  return `${JSON.stringify({ error: { ...fault, hint: errorCatalogue[fault.code].hint } })}\n`;
}

interface ReportOptions extends Pick<Terminal, 'width' | 'style'> {
  /** The current directory. */
  directory: string;
  /** Show the stack too. */
  debug: boolean;
}

/** An error for people: what happened, every problem of a manifest with its place, what to do about it. Never a stack, unless asked for. */
export function errorText(thrown: unknown, { width, style, directory, debug }: ReportOptions): string {
  const fault = faultOf(thrown);
  const problems = problemsOf(fault);
  const [first = '', ...rest] = indented(`Error: ${problems.length > 0 ? firstLine(fault.message) : fault.message}`, 0, width).split('\n');
  const listed =
    problems.length > 0
      ? `\n${problemList(problems, { workflow: workflowOf(fault) ?? directory, current: directory }, { width, style })}\n`
      : '';
  const hint = indented(`${errorCatalogue[fault.code].hint} [${fault.code}]`, 0, width).trimEnd();
  const stack = debug && thrown instanceof Error ? `\n${printable(stackOf(thrown))}\n` : '';
  return `${[first.replace('Error:', style.red('Error:')), ...rest].join('\n')}${listed}${hint.split('\n').map(style.dim).join('\n')}\n${stack}`;
}

/** The directory of the workflow that an error is about; file names in problems are relative to it. */
function workflowOf({ details }: Fault): string | undefined {
  return typeof details?.directory === 'string' ? details.directory : undefined;
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? '';
}

/** The problems that an error about a workflow carries. */
export function problemsOf({ details }: Pick<Fault, 'details'>): ListedProblem[] {
  const problems = details?.problems;
  return Array.isArray(problems) ? problems.filter(isListedProblem).map((problem) => problem) : [];
}

function isListedProblem(value: Json): value is Json & ListedProblem {
  return isJsonObject(value) && typeof value.code === 'string' && typeof value.message === 'string';
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

/** What commander refused, in our words and with our exit code. */
export function usageError(message: string): EspalierError {
  const text = message.replace(/^error: /, '').replace(/\n\(Did you mean (.+)\?\)$/s, '. Did you mean $1?');
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return new EspalierError('usage.invalid', /[.?!]$/.test(sentence) ? sentence : `${sentence}.`);
}
