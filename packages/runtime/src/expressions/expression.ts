import { EspalierError, type Json } from '@espalier/core';
import { type Bindings, compileEvaluation } from './evaluation.ts';
import { sharedExpressionThread } from './expression-thread.ts';

/** A compiled JSONata expression: a pure function of its input and bindings (S12, S16). */
export interface Expression {
  readonly source: string;
  /**
   * @param bindings values of `$name` in the expression, without the `$`.
   * @returns plain JSON of its own; null where JSONata finds nothing.
   * @throws EspalierError `expression.failed`, `expression.too_costly`, `expression.timed_out` (only with regular expressions), `effect.cancelled`.
   */
  evaluate(input: Json, bindings?: Bindings, signal?: AbortSignal): Promise<Json>;
}

/**
 * Compiles JSONata 2 without `$now`, `$millis`, `$random`, `$shuffle` and `$eval`.
 * Expressions that can run a regular expression are evaluated in a thread that can be stopped; all others here.
 * @throws EspalierError `expression.invalid` with details `position` (characters from the start), `token`, `expected`.
 */
export function compileExpression(source: string): Expression {
  const evaluation = compileEvaluation(source);
  return {
    source,
    evaluate(input, bindings = {}, signal) {
      if (signal?.aborted) return Promise.reject(cancelledExpression());
      return evaluation.usesRegex
        ? sharedExpressionThread.evaluate({ source, input, bindings }, signal)
        : evaluation.evaluate(input, bindings);
    },
  };
}

function cancelledExpression(): EspalierError {
  return new EspalierError('effect.cancelled', 'The expression was cancelled before it was evaluated.');
}
