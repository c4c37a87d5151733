import { type BuiltinReducer, canonicalJson, type Json, type JsonObject } from '@espalier/core';

/** What one task brought to a merge, in merge input order (S18). */
export interface MergeEntry {
  node: string;
  task: string;
  status: 'success' | 'partial' | 'failure';
  output: Json;
  metadata: JsonObject;
}

/** Combines the entries of a merge into the value its handler or agent receives. Pure; never changes the entries. */
export type Reducer = (entries: readonly MergeEntry[]) => Json;

/** The built-in reducer of that name, or undefined: then it is a reference to a module. */
export function builtInReducer(name: string): Reducer | undefined {
  return Object.hasOwn(reducers, name) ? reducers[name as keyof typeof reducers] : undefined;
}

const reducers = { list, concat, last, vote } as const satisfies Record<BuiltinReducer, Reducer>;

/** The entries as they are. */
function list(entries: readonly MergeEntry[]): Json {
  return entries.map(({ node, task, status, output, metadata }) => ({ node, task, status, output, metadata }));
}

/** Lists become one list and texts one text with blank lines between; a mixture, the list of outputs. */
function concat(entries: readonly MergeEntry[]): Json {
  const outputs = entries.map((entry) => entry.output);
  if (outputs.length > 0 && outputs.every((output) => typeof output === 'string')) return outputs.join('\n\n');
  return outputs.every((output) => Array.isArray(output)) ? outputs.flat() : outputs;
}

/** The output of the last entry, or null. */
function last(entries: readonly MergeEntry[]): Json {
  return entries.at(-1)?.output ?? null;
}

/** The most frequent output, compared as canonical JSON; the earliest of those that tie, or null. */
function vote(entries: readonly MergeEntry[]): Json {
  const counts = new Map<string, { output: Json; count: number }>();
  for (const { output } of entries) {
    const key = canonicalJson(output);
    const candidate = counts.get(key) ?? { output, count: 0 };
    candidate.count += 1;
    counts.set(key, candidate);
  }
  let winner: { output: Json; count: number } = { output: null, count: 0 };
  for (const candidate of counts.values()) if (candidate.count > winner.count) winner = candidate;
  return winner.output;
}
