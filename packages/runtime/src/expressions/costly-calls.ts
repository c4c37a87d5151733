import { expressionLimits } from './limits.ts';
import { tooCostly, type WorkBudget } from './work-budget.ts';

/** Characters. JSONata reads a picture in more than quadratic time: one of 100,000 took more than a minute. */
const longestPicture = 1_000;
const pictureFunctions = new Set(['formatNumber', 'formatInteger', 'parseInteger', 'fromMillis', 'toMillis']);

/**
 * Refuses, before it is made, a call of a built-in function that would make or read far more than it was given.
 * @throws EspalierError `expression.too_costly`
 */
export function checkCall(name: string, args: readonly unknown[], budget: WorkBudget): void {
  const [first, second, third] = args;
  if (pictureFunctions.has(name) && String(second ?? '').length > longestPicture) throw tooCostly(`$${name} with so long a picture`);
  if (name === 'pad') budget.checkText(Math.abs(Number(second ?? 0)) * Math.max(1, String(third ?? '').length));
  else if (name === 'formatInteger') checkInteger(Number(first ?? 0), String(second));
  else if (Array.isArray(first)) checkList(name, first, second, budget);
}

function checkInteger(number: number, picture: string): void {
  const most = /^[iI]/.test(picture) ? 1e5 : 1e15;
  if (Math.abs(number) > most) throw tooCostly('$formatInteger of so large a number');
}

function checkList(name: string, items: readonly unknown[], separator: unknown, budget: WorkBudget): void {
  if (name === 'join') checkJoin(items, separator, budget);
  // JSONata compares each item with all before it, and appends to a copy.
  else if (name === 'distinct') budget.spend((items.length * budget.weigh(items)) / 64);
  else if (name === 'spread') budget.spend((items.length * items.length) / 64);
  // JSONata passes the items as arguments: a longer list would overflow the stack at a point that depends on the machine.
  else if ((name === 'max' || name === 'min') && items.length > expressionLimits.items / 2) throw tooCostly(`$${name} over so long a list`);
}

function checkJoin(items: readonly unknown[], separator: unknown, budget: WorkBudget): void {
  let characters = items.length * String(separator ?? '').length;
  for (const item of items) if (typeof item === 'string') characters += item.length;
  budget.checkText(characters);
}
