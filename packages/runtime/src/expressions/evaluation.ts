import { canonicalJson, EspalierError, type Json } from '@espalier/core';
import jsonata from 'jsonata';
import { builtInFunctions, forgedFunction } from './built-in-functions.ts';
import { budgetOf, openEvaluations } from './evaluation-frame.ts';
import { failedExpression, invalidExpression } from './fault-translation.ts';
import { isForgedFunction, isFunctionValue } from './function-value.ts';
import { jsonResult } from './json-result.ts';
import { expressionLimits } from './limits.ts';
import { inspectSyntax, isObject, type Part, removedFunctions, type SyntaxFindings, type UnknownObject } from './syntax-tree.ts';
import { tooCostly, type WorkBudget } from './work-budget.ts';

/** Values of `$name` inside an expression. */
export type Bindings = Readonly<Record<string, Json>>;

/** An expression compiled for this thread. `evaluate` runs to its end without giving way; it is bounded in steps, not in time. */
export interface Evaluation {
  readonly usesRegex: boolean;
  evaluate(input: Json, bindings: Bindings): Promise<Json>;
}

/** @throws EspalierError `expression.invalid` */
export function compileEvaluation(source: string): Evaluation {
  if (source.length > expressionLimits.source) {
    throw new EspalierError('expression.invalid', `The expression is longer than ${expressionLimits.source} characters.`);
  }
  const { expression, findings } = parse(source);
  removedFunctions.forEach((name) => {
    expression.assign(name, undefined);
  });
  const installed = install(expression, findings);
  return {
    usesRegex: findings.usesRegex,
    async evaluate(input, bindings) {
      await installed();
      return findings.needsOwnInput
        ? settle(expression.evaluate(canonicalCopy(input), canonicalCopy(bindings)))
        : settle(expression.evaluate(input, bindings));
    },
  };
}

function canonicalCopy<Value>(value: Value): Value {
  return JSON.parse(canonicalJson(value));
}

function parse(source: string): { expression: jsonata.Expression; findings: SyntaxFindings } {
  try {
    // `sequence` bounds ranges before they are allocated.
    const expression = jsonata(source, { sequence: expressionLimits.items });
    return { expression, findings: inspectSyntax(expression.ast()) };
  } catch (thrown) {
    throw invalidExpression(thrown, source);
  }
}

async function settle(evaluating: Promise<unknown>): Promise<Json> {
  try {
    return jsonResult(await evaluating);
  } catch (thrown) {
    throw failedExpression(thrown);
  }
}

/** Puts the charged built-in functions and the hooks in place, at the first evaluation. */
function install(expression: jsonata.Expression, findings: SyntaxFindings): () => Promise<void> {
  let done = false;
  // The declared type leaves out symbols, which is how JSONata names its hooks.
  const bind = expression.assign as (name: string | symbol, value: unknown) => void;
  return async () => {
    if (done) return;
    for (const [name, builtIn] of await builtInFunctions()) bind(name, builtIn);
    bind(Symbol.for('jsonata.__evaluate_entry'), (node: UnknownObject, input: unknown, frame: unknown) => enter(node, input, frame));
    bind(Symbol.for('jsonata.__evaluate_exit'), (node: UnknownObject, _input: unknown, frame: unknown, result: unknown) =>
      leave({ node, result, part: findings.parts.get(node) }, budgetOf(frame)),
    );
    done = true;
  };
}

/** Before a node is evaluated. JSONata awaits this hook, which keeps deep recursion off the native stack. */
function enter(node: UnknownObject, input: unknown, frame: unknown): void {
  const budget = budgetOf(frame);
  budget.spend(1);
  if (openEvaluations(frame) > expressionLimits.open) throw tooCostly(`it nests more than ${expressionLimits.open} evaluations`);
  if (Array.isArray(input)) budget.spendShallow(input);
  if (node.type !== 'wildcard' && node.type !== 'descendant') return;
  budget.spend(budget.weigh(input) >>> 4);
  // A function's members are the evaluator's own state, clock and host functions included.
  if (holdsFunction(input)) throw new EspalierError('expression.failed', 'Wildcards do not apply to functions.');
}

interface Step {
  readonly node: UnknownObject;
  readonly result: unknown;
  readonly part: Part | undefined;
}

/** After a node was evaluated: its size is charged, and what JSONata would obey or write to is checked. */
function leave(step: Step, budget: WorkBudget): void {
  const { node, result, part } = step;
  if (isForgedFunction(result)) throw forgedFunction();
  budget.checkSize(result);
  if (isObject(result) && (node.type === 'unary' || node.type === 'function' || node.type === 'apply' || node.group !== undefined))
    budget.weigh(result);
  if (part !== undefined) leavePart(step, budget);
}

function leavePart({ node, result, part }: Step, budget: WorkBudget): void {
  if (part === 'compared') budget.spendDeep(result);
  // JSONata's sort copies the rest of the list at each comparison.
  else if (part === 'sorted') budget.spend(3);
  else if (part === 'grouped') budget.spendGroupKey(node);
  else if (part === 'called' && isObject(result) && !isFunctionValue(result)) {
    throw new EspalierError('expression.failed', 'Only functions can be called; this is data.');
  } else if (part === 'changed' && result !== undefined && !isChangeable(result)) {
    throw new EspalierError('expression.failed', 'A transformation changes objects only.');
  }
}

function isChangeable(result: unknown): boolean {
  return (Array.isArray(result) ? result : [result]).every((match) => isObject(match) && !Array.isArray(match) && !isFunctionValue(match));
}

function holdsFunction(value: unknown): boolean {
  if (isFunctionValue(value)) return true;
  return isObject(value) && Object.values(value).some(holdsFunction);
}
