import { EspalierError } from '@espalier/core';
import { isObject, type UnknownObject } from './syntax-tree.ts';
import { WorkBudget } from './work-budget.ts';

/** JSONata makes one base frame per evaluation; the budget lives and dies with it. */
const budgets = new WeakMap<object, WorkBudget>();

/** The budget of the evaluation that a JSONata frame belongs to. */
export function budgetOf(frame: unknown): WorkBudget {
  const base = baseOf(frame);
  const known = budgets.get(base);
  if (known) return known;
  const budget = new WorkBudget();
  budgets.set(base, budget);
  return budget;
}

/** Evaluations that are open now: recursion, and members evaluated side by side. */
export function openEvaluations(frame: unknown): number {
  return Number(baseOf(frame).depth);
}

function baseOf(frame: unknown): UnknownObject {
  const base = isObject(frame) ? frame.base : undefined;
  if (!isObject(base)) throw new EspalierError('internal.defect', 'This version of JSONata has no base frame.');
  return base;
}
