import {
  type ContextProfile,
  canonicalJson,
  type Json,
  type JsonObject,
  type MemoryEntry,
  type Provenance,
  type Remembered,
} from '@espalier/core';
import { tokensOf } from './tokens-of.ts';

/** What a context is assembled from. */
export interface ContextParts {
  /** The node's input, which is always shown. */
  input: Json;
  /** The id of the task. */
  task: string;
  /** What the task may read of task memory, oldest first: an order that does not depend on arrival (S28). */
  memory: readonly MemoryEntry[];
  /** What the run was given of the other stores, in any order. */
  recalled: readonly Remembered[];
  profile: ContextProfile | undefined;
  /** The tags under which a node's output is kept. */
  tagsOf(node: string): readonly string[];
}

/** What an agent is shown besides its instructions, and where every piece of it came from. */
export interface AssembledContext {
  /** `{ input, context }` as canonical JSON. */
  content: string;
  provenance: Provenance[];
}

/** An entry as it is shown, and where it came from. */
interface Piece {
  shown: JsonObject;
  value: Json;
  provenance: Omit<Provenance, 'tokens'>;
}

/**
 * Assembles a context (MEM-4): entries of the profile's sources, whole, the newest first as far as the budget goes, each value once, and
 * presented oldest first. All of the content together is within the budget, unless the input alone is not. Equal parts give equal contexts.
 */
export function assembleContext(parts: ContextParts): AssembledContext {
  const { input, task, profile } = parts;
  const inputTokens = tokensOf(input);
  let chosen = profile ? choose(piecesOf(parts, profile), { input, budget: profile.max_tokens - inputTokens }) : [];
  let content = contentOf(input, chosen);
  // What is around the pieces counts, too, and an estimate of the whole may be more than those of its parts.
  while (profile && chosen.length > 0 && tokensOf(content) > profile.max_tokens) {
    chosen = chosen.slice(1);
    content = contentOf(input, chosen);
  }
  const provenance = chosen.map((piece): Provenance => ({ ...piece.provenance, tokens: tokensOf(piece.shown) }));
  return { content, provenance: [{ source: 'input', task, tokens: inputTokens }, ...provenance] };
}

/** How many entries that do not fit are passed over: a prompt must not take a look at a thousand large ones. */
const mostMisfits = 16;
/** No token is longer than this by far: what must be too large is not counted. */
const longestToken = 50;

/** Newest first; one that is too large leaves room for older ones. @returns them oldest first. */
function choose(pieces: readonly Piece[], { input, budget }: { input: Json; budget: number }): Piece[] {
  const said = new Set([canonicalJson(input)]);
  const chosen: Piece[] = [];
  let left = budget;
  let misfits = 0;
  for (const piece of pieces.toReversed()) {
    if (left <= 0 || misfits === mostMisfits) break;
    const text = canonicalJson(piece.value);
    if (said.has(text)) continue;
    const tokens = text.length > left * longestToken ? Number.POSITIVE_INFINITY : tokensOf(piece.shown);
    if (tokens > left) {
      misfits += 1;
      continue;
    }
    left -= tokens;
    said.add(text);
    chosen.push(piece);
  }
  return chosen.reverse();
}

/** Everything that the sources have, oldest first: what was there before the run, then what came of the run. */
function piecesOf({ memory, recalled, tagsOf }: ContextParts, { sources }: ContextProfile): Piece[] {
  const isWanted = (store: string, tags: readonly string[]) =>
    sources.some((source) => source.store === store && (source.tags.length === 0 || source.tags.some((tag) => tags.includes(tag))));
  return [
    ...recalled
      .filter(({ store, tags }) => isWanted(store, tags))
      .toSorted(byAge)
      .map(recalledPiece),
    ...memory.filter(({ node }) => isWanted('task', tagsOf(node))).map(taskPiece),
  ];
}

/** By time; clocks may stand still or differ, so that stores, positions and ids decide what is left open. */
function byAge(left: Remembered, right: Remembered): number {
  return left.at - right.at || compare(left.store, right.store) || left.seq - right.seq || compare(left.id, right.id);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function taskPiece({ task, node, seq, output }: MemoryEntry): Piece {
  return { shown: { from: node, value: output }, value: output, provenance: { source: 'task', task, node, seq } };
}

function recalledPiece({ id, store, seq, node, value }: Remembered): Piece {
  return { shown: { from: node, store, value }, value, provenance: { source: store, entry: id, node, seq } };
}

function contentOf(input: Json, chosen: readonly Piece[]): string {
  return canonicalJson(chosen.length > 0 ? { input, context: chosen.map(({ shown }) => shown) } : { input });
}
