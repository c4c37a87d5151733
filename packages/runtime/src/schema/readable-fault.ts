import { pointerStep, type SchemaError } from '@espalier/core';
import type { SchemaFault } from './compile-schema.ts';

/** An error of the validator in words, at the member that is wrong: a missing or surplus member is named by the path. */
export function readableFault(error: SchemaError): SchemaFault {
  const path = error.instancePath;
  switch (error.keyword) {
    case 'required':
      return { path: `${path}${pointerStep(error.params.missingProperty)}`, message: 'is required' };
    case 'additionalProperties':
      return { path: `${path}${pointerStep(error.params.additionalProperty)}`, message: 'is not a known member' };
    case 'unevaluatedProperties':
      return { path: `${path}${pointerStep(error.params.unevaluatedProperty)}`, message: 'is not a known member' };
    case 'type':
      return { path, message: `must be ${[error.params.type].flat().join(' or ')}, found ${nameOf(error.data)}` };
    case 'enum':
      return { path, message: `must be one of ${list(error.params.allowedValues)}` };
    case 'const':
      return { path, message: `must be ${JSON.stringify(error.params.allowedValue)}` };
    default:
      return { path, message: error.message ?? `breaks the rule ${error.keyword}` };
  }
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function list(values: readonly unknown[]): string {
  const shown = values.slice(0, 20).map((value) => JSON.stringify(value));
  return values.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
}
