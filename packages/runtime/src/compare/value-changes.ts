import { isJsonObject, type Json, pointerStep } from '@espalier/core';

/** One difference between two JSON values. `path` is a JSON Pointer; empty for the whole value. */
export type ValueChange =
  | { op: 'add'; path: string; after: Json }
  | { op: 'remove'; path: string; before: Json }
  | { op: 'replace'; path: string; before: Json; after: Json };

/**
 * What turns `before` into `after`, in an order in which it can be applied one by one, as a JSON Patch is (RFC 6902): adding to a list
 * moves what comes behind. Undefined is for a value that is not there. Lists are matched from both ends; what is between is matched by position.
 */
export function valueChanges(before: Json | undefined, after: Json | undefined): ValueChange[] {
  return changesAt('', before, after);
}

function changesAt(path: string, before: Json | undefined, after: Json | undefined): ValueChange[] {
  if (before === after) return [];
  if (before === undefined) return after === undefined ? [] : [{ op: 'add', path, after }];
  if (after === undefined) return [{ op: 'remove', path, before }];
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(path, before, after);
  if (isJsonObject(before) && isJsonObject(after)) return memberChanges(path, before, after);
  return [{ op: 'replace', path, before, after }];
}

function memberChanges(path: string, before: { [key: string]: Json }, after: { [key: string]: Json }): ValueChange[] {
  const [old, other] = [Object.keys(before), Object.keys(after)];
  const hasCommon = old.length === 0 || other.length === 0 || old.some((key) => Object.hasOwn(after, key));
  // Another thing altogether: its members one by one would say less.
  if (!hasCommon) return [{ op: 'replace', path, before, after }];
  const keys = new Set([...old, ...other]);
  return [...keys].flatMap((key) => changesAt(path + pointerStep(key), member(before, key), member(after, key)));
}

/** A member may be called __proto__. */
function member(object: { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function listChanges(path: string, before: readonly Json[], after: readonly Json[]): ValueChange[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && areEqual(before[head], after[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && areEqual(before.at(-1 - tail), after.at(-1 - tail))) tail += 1;
  const changes: ValueChange[] = [];
  for (let index = head; index < shorter - tail; index += 1) {
    changes.push(...changesAt(`${path}/${index}`, before[index], after[index]));
  }
  // From the end, so that no position moves before its turn.
  for (let index = before.length - tail - 1; index >= shorter - tail; index -= 1) {
    changes.push(...changesAt(`${path}/${index}`, before[index], undefined));
  }
  for (let index = shorter - tail; index < after.length - tail; index += 1) {
    changes.push(...changesAt(`${path}/${index}`, undefined, after[index]));
  }
  return changes;
}

/** Whether two JSON values are the same, whatever the order of members. */
export function areEqual(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && left.every((item, index) => areEqual(item, right[index]));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && areEqual(left[key], right[key]));
}
