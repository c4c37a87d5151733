import { EspalierError } from '@espalier/core';
import jsonata from 'jsonata';
import { checkCall } from './costly-calls.ts';
import { budgetOf } from './evaluation-frame.ts';
import { isForgedFunction, isFunctionValue } from './function-value.ts';
import { mergeSort } from './merge-sort.ts';
import { isObject, type UnknownObject } from './syntax-tree.ts';

type Native = (this: unknown, ...args: unknown[]) => unknown;

/** Charged for the length of their arguments. */
const shallowFunctions =
  'count length lowercase uppercase trim substring substringBefore substringAfter contains split match replace pad number floor ceil round abs sqrt power formatNumber formatBase formatInteger parseInteger fromMillis toMillis map filter reduce each sift single append reverse exists type lookup error assert base64encode base64decode encodeUrl encodeUrlComponent decodeUrl decodeUrlComponent';
/** Charged for everything inside their arguments. */
const deepFunctions = 'sum max min average join zip keys spread merge distinct sort clone boolean not';

/** Made once per process at the first evaluation, then frozen: every expression uses the same ones. */
let charged: Promise<ReadonlyMap<string, object>> | undefined;

/** JSONata's pure built-in functions, each charging its work to the budget of the evaluation that calls it. */
export function builtInFunctions(): Promise<ReadonlyMap<string, object>> {
  charged ??= chargeAll();
  return charged;
}

async function chargeAll(): Promise<ReadonlyMap<string, object>> {
  const names = `${shallowFunctions} ${deepFunctions}`.split(' ');
  const originals: unknown = await jsonata(`[${names.map((name) => `$${name}`).join(', ')}]`).evaluate(null);
  if (!Array.isArray(originals) || originals.length !== names.length) {
    throw new EspalierError('internal.defect', 'This version of JSONata lacks a function that expressions rely on.');
  }
  const deep = new Set(deepFunctions.split(' '));
  return new Map(names.map((name, index) => [name, chargedFunction(name, originals[index] as UnknownObject, deep.has(name))]));
}

/**
 * JSONata writes `token` and `position` onto the function it calls, and expressions can enumerate and transform objects:
 * the members are hidden and frozen, and those two writes go nowhere.
 */
function chargedFunction(name: string, original: UnknownObject, deep: boolean): object {
  const native = (replacements[name] ?? original.implementation) as Native;
  function implementation(this: unknown, ...args: unknown[]): unknown {
    const focus = focusOf(this, name);
    const budget = budgetOf(focus.environment);
    for (const argument of args) deep ? budget.spendDeep(argument) : budget.spendShallow(argument);
    checkCall(name, args, budget);
    if (name === 'toMillis' && args[1] === undefined) args[0] = inUniversalTime(args[0]);
    const result = native.apply(focus, args);
    return result instanceof Promise ? result.then(genuine) : genuine(result);
  }
  // Partial application reads the parameters' names from the source text, and higher-order functions read the arity.
  Object.defineProperty(implementation, 'toString', { value: () => String(original.implementation) });
  Object.defineProperty(implementation, 'length', { value: (original.implementation as Native).length });
  const sink = { get: () => undefined, set: () => undefined };
  return Object.freeze(
    Object.defineProperties(
      {},
      {
        _jsonata_function: { value: true },
        implementation: { value: implementation },
        signature: { value: original.signature },
        token: sink,
        position: sink,
      },
    ),
  );
}

/** JSONata calls a result that looks like a pending tail call, before any hook could see it. */
function genuine(result: unknown): unknown {
  if (isForgedFunction(result)) throw forgedFunction();
  return result;
}

/** The error of data that poses as one of JSONata's functions. */
export function forgedFunction(): EspalierError {
  return new EspalierError('expression.failed', 'The input uses a name that JSONata reserves: _jsonata_function or _jsonata_lambda.');
}

/** `$toMillis` fills what a picture leaves out from the frame's clock: it gets the epoch instead. */
function focusOf(focus: unknown, name: string): UnknownObject {
  const given = isObject(focus) ? focus : {};
  if (name !== 'toMillis' || !isObject(given.environment)) return given;
  return { ...given, environment: { base: given.environment.base, timestamp: new Date(0) } };
}

/** Without a zone, a date with a time would mean the time zone of the machine. */
function inUniversalTime(text: unknown): unknown {
  if (typeof text !== 'string' || /^\d{4}(-\d\d){0,2}$/.test(text)) return text;
  if (!text.includes('T'))
    throw new EspalierError('expression.failed', `$toMillis expects an ISO 8601 date or date and time, not “${text.slice(0, 50)}”.`);
  return /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
}

/** Built-in functions that depend on the host, or hold too much memory, done again. */
const replacements: Readonly<Record<string, Native>> = {
  sort: sortList,
};

function sortList(this: unknown, items: unknown, comparator: unknown): unknown {
  if (!Array.isArray(items) || items.length <= 1) return items;
  const budget = budgetOf((this as UnknownObject).environment);
  if (isFunctionValue(comparator)) {
    // A lambda is an object with a method of that name.
    const { apply } = comparator as { apply(self: unknown, args: unknown[]): unknown };
    return mergeSort(items, async (left, right) => {
      budget.spend(1);
      return Boolean(await apply.call(comparator, this, [left, right]));
    });
  }
  const kind = typeof items[0];
  if ((kind !== 'number' && kind !== 'string') || items.some((item) => typeof item !== kind)) {
    throw new EspalierError('expression.failed', '$sort without a function sorts a list of numbers or a list of strings only.');
  }
  budget.spend((items.length * Math.ceil(Math.log2(items.length))) / 16);
  return items.toSorted((left, right) => (left < right ? -1 : Number(left > right)));
}
