import { isObject, type UnknownObject } from './syntax-tree.ts';

/** True for what JSONata can really call: built-in functions, lambdas and closures. Data that only claims to be a function is not one. */
export function isFunctionValue(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (!isObject(value)) return false;
  if (value._jsonata_function === true) return typeof value.implementation === 'function';
  return value._jsonata_lambda === true && isFrame(value.environment);
}

/** True for data that carries JSONata's own markers, which its evaluator would obey. */
export function isForgedFunction(value: unknown): boolean {
  return isObject(value) && (value._jsonata_function === true || value._jsonata_lambda === true) && !isFunctionValue(value);
}

function isFrame(value: unknown): value is UnknownObject {
  return isObject(value) && typeof value.lookup === 'function';
}
