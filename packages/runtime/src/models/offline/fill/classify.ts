import { intentVerbs } from '../reading/verb-table.ts';
import { intentOf } from '../reading/verbs.ts';
import { bounded } from '../text/bounded.ts';
import { stem, wordsOf } from '../text/words.ts';
import { synonymsOf } from './synonyms.ts';

/** One of the values to choose from. */
export interface Option {
  value: string;
  /** What the schema says about it. */
  description: string;
}

/** What speaks for one option or another. */
export interface Evidence {
  instruction: string;
  document: string | undefined;
}

const weights = { intent: 6, exact: 4, synonym: 1, described: 1 } as const;
const catchAlls = ['other', 'unknown', 'none', 'neutral', 'general', 'default', 'medium', 'normal', 'unclear'];
const classifiedLength = 20_000;

/**
 * The index of the option that the text speaks for: its own words in the text count most, then synonyms, then words of its description; for
 * options that are kinds of work (create, edit, …) the verb of the instruction decides. Without evidence: an option such as `other`, else the
 * one that fits having a document or none, else the first.
 */
export function classify(options: readonly Option[], evidence: Evidence): number {
  const text = bounded(evidence.instruction === '' ? (evidence.document ?? '') : evidence.instruction, classifiedLength);
  const counts = countStems(text);
  const scores = options.map((option) => scoreOf(option, counts) + intentScore(option, evidence.instruction));
  const best = scores.reduce((top, score, index) => (score > (scores[top] ?? 0) ? index : top), 0);
  return (scores[best] ?? 0) > 0 ? best : withoutEvidence(options, evidence);
}

function scoreOf(option: Option, counts: Map<string, number>): number {
  const words = optionWords(option.value);
  const own = new Set(words.map(stem));
  let score = 0;
  for (const key of synonymsOf(words)) score += (counts.get(key) ?? 0) * (own.has(key) ? weights.exact : weights.synonym);
  for (const key of new Set(
    wordsOf(option.description)
      .filter((word) => word.length > 3)
      .map(stem),
  ))
    score += counts.has(key) ? weights.described : 0;
  return score;
}

function intentScore(option: Option, instruction: string): number {
  return speaksFor(option, intentOf(instruction)) ? weights.intent : 0;
}

function speaksFor(option: Option, intent: keyof typeof intentVerbs | undefined): boolean {
  return intent !== undefined && optionWords(option.value).some((word) => intentVerbs[intent].includes(word));
}

function withoutEvidence(options: readonly Option[], { document }: Evidence): number {
  const byDocument = options.findIndex((option) => speaksFor(option, document === undefined ? 'create' : 'edit'));
  if (byDocument >= 0) return byDocument;
  return Math.max(
    options.findIndex(({ value }) => catchAlls.includes(value.toLowerCase())),
    0,
  );
}

function countStems(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of wordsOf(text).map(stem)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function optionWords(value: string): string[] {
  return wordsOf(
    value
      .slice(0, 200)
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .replaceAll(/[_-]/gu, ' ')
      .toLowerCase(),
  );
}
