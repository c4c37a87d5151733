import { isJsonObject, type Json, pointerStep, storableText } from '@espalier/core';
import type { Entry } from './cassette.ts';

/** Where a request first differs from the recorded one that is most like it, and what stands there: at most 200 characters of each. */
export interface Difference {
  /** JSON Pointer. */
  path: string;
  recorded: string;
  asked: string;
}

/** So that a miss costs seconds at most, whatever is in a cassette. */
const limits = { calls: 200, comparedCharacters: 200_000, allCharacters: 20_000_000 };
const shownCharacters = 200;
/** What is shown of two long texts begins this far before they differ. */
const shownBefore = 60;

/** The recorded call whose request differs from `asked` in the fewest lines; the first of equals. */
export function nearestCall<T extends Entry>(asked: Json, entries: readonly T[]): T | undefined {
  const wanted = linesOf(asked);
  const size = JSON.stringify(asked).length;
  const likeliest = [...entries].sort((left, right) => Math.abs(left.size - size) - Math.abs(right.size - size)).slice(0, limits.calls);
  let nearest: { entry: T; lines: number } | undefined;
  let characters = 0;
  for (const entry of likeliest) {
    if (characters > limits.allCharacters) break;
    characters += entry.size;
    const lines = differingLines(wanted, linesOf(entry.call.request));
    if (nearest === undefined || lines < nearest.lines) nearest = { entry, lines };
  }
  return nearest?.entry;
}

/** One line for each value and for each line of a text. */
function linesOf(request: Json): string[] {
  return JSON.stringify(request, null, 1)
    .slice(0, limits.comparedCharacters)
    .split(/\n|\\n/);
}

/** How many lines only one of the two has, wherever they stand. */
function differingLines(left: readonly string[], right: readonly string[]): number {
  const unmatched = new Map<string, number>();
  for (const line of left) unmatched.set(line, (unmatched.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of right) {
    const copies = unmatched.get(line) ?? 0;
    if (copies === 0) continue;
    unmatched.set(line, copies - 1);
    common += 1;
  }
  return left.length + right.length - 2 * common;
}

/** Where two requests first differ, or undefined if they are equal. */
export function firstDifference(recorded: Json | undefined, asked: Json | undefined, path = ''): Difference | undefined {
  if (recorded === asked) return undefined;
  if (!isContainer(recorded) || !isContainer(asked) || Array.isArray(recorded) !== Array.isArray(asked)) {
    return { path: shown(path, 0), ...shownPair(recorded, asked) };
  }
  const [left, right] = [new Map(Object.entries(recorded)), new Map(Object.entries(asked))];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const difference = firstDifference(left.get(key), right.get(key), `${path}${pointerStep(key)}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isContainer(value: Json | undefined): value is Json[] | { [key: string]: Json } {
  return Array.isArray(value) || isJsonObject(value);
}

function shownPair(recorded: Json | undefined, asked: Json | undefined): Omit<Difference, 'path'> {
  const [left, right] = [textOf(recorded), textOf(asked)];
  let common = 0;
  while (common < left.length && left[common] === right[common]) common += 1;
  const from = Math.max(left.length, right.length) <= shownCharacters ? 0 : Math.max(0, common - shownBefore);
  return { recorded: shown(left, from), asked: shown(right, from) };
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return '(nothing)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shown(text: string, from: number): string {
  const rest = `${from === 0 ? '' : '…'}${text.slice(from)}`;
  return storableText(rest.length <= shownCharacters ? rest : `${rest.slice(0, shownCharacters - 1)}…`);
}
