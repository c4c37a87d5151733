/* For tests: the other direction of `valueChanges`. */
import type { Json } from '@espalier/core';
import type { ValueChange } from '../value-changes.ts';

/** The value after the changes, one after the other; undefined if it was removed. Checks that what they replace is there. */
export function applyChanges(value: Json | undefined, changes: readonly ValueChange[]): Json | undefined {
  return changes.reduce<Json | undefined>((current, change) => applied(current, stepsOf(change.path), change), value);
}

function stepsOf(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function applied(value: Json | undefined, [step, ...rest]: string[], change: ValueChange): Json | undefined {
  if (step === undefined) {
    if ((change.op === 'add') !== (value === undefined)) throw new Error(`nothing to ${change.op} at ${change.path}`);
    return change.op === 'remove' ? undefined : change.after;
  }
  if (Array.isArray(value)) {
    const index = Number(step);
    const isInsertion = change.op === 'add' && rest.length === 0;
    const item = applied(isInsertion ? undefined : value[index], rest, change);
    return value.toSpliced(index, isInsertion ? 0 : 1, ...(item === undefined ? [] : [item]));
  }
  if (typeof value !== 'object' || value === null) throw new Error(`no members on the way to ${change.path}`);
  const members = new Map(Object.entries(value));
  const member = applied(members.get(step), rest, change);
  if (member === undefined) members.delete(step);
  else members.set(step, member);
  return Object.fromEntries(members);
}
