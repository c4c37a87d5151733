import { isJsonObject, type Json } from '@espalier/core';

/** What is at a path; if nothing is, the part of the path that leads nowhere. */
export type Found = { found: true; value: Json } | { found: false; missing: string };

/** Follows a path that the manifest accepts: dotted, or a JSON Pointer. Without one it is the whole value. */
export function valueAt(value: Json, path: string | undefined): Found {
  let current = value;
  for (const step of path === undefined ? [] : stepsOf(path)) {
    const next = memberOf(current, step);
    if (next === undefined) return { found: false, missing: step };
    current = next;
  }
  return { found: true, value: current };
}

function stepsOf(path: string): string[] {
  if (!path.startsWith('/')) return path.split('.');
  const steps = path.slice(1).split('/');
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function memberOf(value: Json, step: string): Json | undefined {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}
