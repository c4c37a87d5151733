import { EspalierError, type JsonObject } from '@espalier/core';
import { isObject } from './syntax-tree.ts';
import { tooCostly } from './work-budget.ts';

const longestMessage = 300;

/** What the JSONata parser threw, as EspalierError `expression.invalid` with position (characters from the start), token and what was expected. */
export function invalidExpression(thrown: unknown, source: string): EspalierError {
  if (thrown instanceof EspalierError) return thrown;
  if (thrown instanceof RangeError) return new EspalierError('expression.invalid', 'The expression is nested too deeply.');
  const fault = isObject(thrown) ? thrown : {};
  const position = typeof fault.position === 'number' ? fault.position : 0;
  const details: JsonObject = { position };
  if (typeof fault.token === 'string') details.token = fault.token;
  // S0202 and S0203 are “expected x”; in other errors `value` is what was found.
  if ((fault.code === 'S0202' || fault.code === 'S0203') && typeof fault.value === 'string') details.expected = fault.value;
  const before = source.slice(Math.max(0, position - 20), position);
  return new EspalierError('expression.invalid', `${messageOf(fault)} (at character ${position}, after “${before}”)`, { details });
}

/** What an evaluation threw, as EspalierError `expression.too_costly` or `expression.failed`. */
export function failedExpression(thrown: unknown): EspalierError {
  // JSONata writes `position` and `token` onto what passes through it; a new error is clean.
  if (thrown instanceof EspalierError) return new EspalierError(thrown.code, thrown.message);
  if (thrown instanceof RangeError && /call stack|string length|array length/.test(thrown.message)) {
    return tooCostly('it exhausts the stack or builds a value that is too large');
  }
  const fault = isObject(thrown) ? thrown : {};
  if (fault.code === 'D2014' || fault.code === 'D2015') return tooCostly('it builds a list that is too long');
  if (typeof fault.code !== 'string')
    return new EspalierError('expression.failed', 'The expression does not fit its input.', { cause: thrown });
  return new EspalierError('expression.failed', messageOf(fault), { details: { jsonata: fault.code } });
}

function messageOf(fault: { message?: unknown }): string {
  const message = typeof fault.message === 'string' ? fault.message : 'The expression is not valid JSONata';
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}…`.toWellFormed() : message;
}
