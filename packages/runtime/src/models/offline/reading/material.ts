import type { ModelMessage } from '../../../ports/model.ts';
import { splitSentences } from '../text/sentences.ts';
import { readEnvelope } from './envelope.ts';
import { fileNamedIn, orderAbout } from './file-reference.ts';
import { keyOf, type Leaf, leavesOf } from './leaves.ts';
import { intentOf } from './verbs.ts';

/** What a request is about, found in its messages. */
export interface Material {
  /** What to do; empty if nothing says so. */
  instruction: string;
  /** The text to work on. */
  document: string | undefined;
  /** Other texts that came along: attachments and results of earlier nodes, newest first. */
  sources: string[];
  /** A file that the input or the instruction names. */
  path: string | undefined;
  /** The agent's prompt. */
  system: string;
}

const instructionKeys =
  'instruction instructions request prompt query question message task goal text description topic subject title'.split(' ');
const documentKeys = new Set('document markdown content body draft file text article transcript notes value'.split(' '));
const sourceKeys = new Set('attachment attachments source sources reference references context material background'.split(' '));
const pathKeys = new Set('path file filename file_name file_path target output_path'.split(' '));

/** Finds instruction, document, sources and path, by the order that README.md documents. */
export function readMaterial(messages: readonly ModelMessage[]): Material {
  const envelope = readEnvelope(messages);
  const input = leavesOf(envelope.input);
  const context = envelope.context.toReversed().map(leavesOf);
  const found = findInstruction([input, ...context], input);
  const [instruction, attached] = splitInstruction(found?.text ?? '');
  const isFree = (leaf: Leaf) => leaf !== found;
  const document = attached ?? findDocument([input, ...context].map((leaves) => leaves.filter(isFree)));
  return {
    instruction,
    document,
    sources: sourcesOf([...input, ...context.flat()].filter(isFree), instruction, document),
    path: pathIn(input) ?? fileNamedIn(instruction) ?? pathIn(context.flat()),
    system: envelope.system,
  };
}

function findInstruction(pools: Leaf[][], input: Leaf[]): Leaf | undefined {
  for (const pool of pools) {
    for (const key of instructionKeys) {
      const leaf = pool.find((candidate) => keyOf(candidate) === key && isInstruction(candidate));
      if (leaf) return leaf;
    }
    const bare = pool === input ? pool.find(({ trail, text }) => trail.length === 0 && text.trim() !== '') : undefined;
    if (bare) return bare;
  }
  return input.find((leaf) => isInstruction(leaf) && leaf.text.includes(' ') && !documentKeys.has(keyOf(leaf)));
}

function isInstruction(leaf: Leaf): boolean {
  return leaf.text.trim() !== '' && !isFromSource(leaf) && !(documentKeys.has(keyOf(leaf)) && isDocumentLike(leaf.text));
}

/** A request may carry its text: after a blank line, or after a colon that ends its first line. */
function splitInstruction(text: string): [instruction: string, document: string | undefined] {
  const trimmed = text.trim();
  if (/^#{1,6} /u.test(trimmed)) return ['', trimmed];
  const lineEnd = /:[ \t]*\r?\n/u.exec(trimmed.slice(0, 400));
  const blank = /\n[ \t]*\r?\n/u.exec(trimmed);
  if (lineEnd && saysOnlyWhere(trimmed.slice(0, lineEnd.index))) return [trimmed, undefined];
  const at = lineEnd ? lineEnd.index + 1 : (blank?.index ?? -1);
  if (at >= 0 && at <= 1_000) return [trimmed.slice(0, at).trim(), trimmed.slice(at).trim()];
  const colon = trimmed.slice(0, 120).indexOf(': ');
  const carries = colon > 0 && trimmed.length - colon > 80 && intentOf(trimmed) !== 'create' && !saysOnlyWhere(trimmed.slice(0, colon));
  if (carries) return [trimmed.slice(0, colon), trimmed.slice(colon + 2).trim()];
  return isProse(trimmed) ? ['', trimmed] : [trimmed, undefined];
}

/** “Edit plan.md” before a colon: what follows are the orders. */
function saysOnlyWhere(text: string): boolean {
  return orderAbout(text) === '';
}

/** Several sentences that open with no known verb are a text to work on, not an order. */
function isProse(text: string): boolean {
  return intentOf(text) === undefined && text.length > 100 && splitSentences(text.slice(0, 2_000)).length > 2;
}

function findDocument(pools: Leaf[][]): string | undefined {
  for (const pool of pools) {
    const named = pool.filter((leaf) => leaf.text.trim() !== '' && !isFromSource(leaf) && !pathKeys.has(keyOf(leaf)));
    const candidates = named.filter((leaf) => documentKeys.has(keyOf(leaf)) || isDocumentLike(leaf.text));
    const best = candidates.toSorted((left, right) => rank(right.text) - rank(left.text))[0];
    if (best) return best.text;
  }
  return undefined;
}

/** Markdown before plain text, then the longer one. */
function rank(text: string): number {
  return (hasHeading(text) ? 1e9 : 0) + text.length;
}

function sourcesOf(leaves: Leaf[], instruction: string, document: string | undefined): string[] {
  const texts = leaves
    .filter((leaf) => !pathKeys.has(keyOf(leaf)) && (isFromSource(leaf) ? leaf.text.includes(' ') : leaf.text.length >= 40))
    .map(({ text }) => text);
  return [...new Set(texts)].filter(
    (text) => text.includes(' ') && text !== document && !instruction.includes(text) && !text.startsWith(instruction || '\0'),
  );
}

function pathIn(leaves: Leaf[]): string | undefined {
  return leaves.find((leaf) => pathKeys.has(keyOf(leaf)) && !isFromSource(leaf) && /^[^\n\0]{1,200}$/u.test(leaf.text))?.text;
}

function isFromSource(leaf: Leaf): boolean {
  return leaf.trail.some((key) => sourceKeys.has(key.toLowerCase()));
}

function isDocumentLike(text: string): boolean {
  return hasHeading(text) || text.length > 600 || text.trim().split('\n', 4).length > 3;
}

function hasHeading(text: string): boolean {
  return /^ {0,3}#{1,6} /mu.test(text);
}
