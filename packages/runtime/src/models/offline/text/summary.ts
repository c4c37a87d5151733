import { bounded } from './bounded.ts';
import { closed, sentencesOf } from './sentences.ts';
import { contentStems } from './words.ts';

/** More sentences than this are not compared; the first ones of a text carry most of it. */
const mostSentences = 2_000;

interface Scored {
  sentence: string;
  stems: Set<string>;
  index: number;
  score: number;
}

/** What a summary should look like. */
export interface SummaryOptions {
  /** At most this many sentences (default 3). */
  sentences?: number;
  /** Text whose words make a sentence more relevant, such as a title or a question. */
  about?: string;
}

/**
 * The sentences that represent a Markdown text best, in their original order. A sentence scores the frequency of its content words,
 * its position and its overlap with `about`; each pick lowers what resembles it (maximal marginal relevance, Carbonell & Goldstein 1998).
 */
export function keySentences(text: string, options: SummaryOptions = {}): string[] {
  const scored = scoreSentences(sentencesOf(bounded(text)).slice(0, mostSentences), new Set(contentStems(options.about ?? '')));
  return pickDiverse(scored, options.sentences ?? 3)
    .sort((left, right) => left.index - right.index)
    .map(({ sentence }) => sentence);
}

/** The sentences that share most content words with a question, in their original order; none if no sentence shares any. */
export function relatedSentences(text: string, question: string, count = 2): string[] {
  const asked = new Set(contentStems(question));
  const sentences = sentencesOf(bounded(text)).slice(0, mostSentences);
  const shared = sentences.map((sentence) => new Set(contentStems(sentence).filter((key) => asked.has(key))).size);
  const most = shared.reduce((top, value) => Math.max(top, value), 0);
  return sentences.filter((_sentence, index) => most > 0 && (shared[index] ?? 0) * 3 >= most * 2).slice(0, count);
}

/** The key sentences as one paragraph. */
export function summarise(text: string, options: SummaryOptions = {}): string {
  return keySentences(text, options).map(closed).join(' ');
}

function scoreSentences(sentences: string[], about: Set<string>): Scored[] {
  const stems = sentences.map((sentence) => new Set(contentStems(sentence)));
  const frequency = new Map<string, number>();
  for (const set of stems) for (const key of set) frequency.set(key, (frequency.get(key) ?? 0) + 1);
  return sentences.map((sentence, index) => {
    const own = stems[index] ?? new Set<string>();
    let score = 0.5 / (1 + index);
    for (const key of own) score += ((frequency.get(key) ?? 0) + (about.has(key) ? 3 : 0)) / Math.sqrt(own.size + 4) / 4;
    return { sentence, stems: own, index, score };
  });
}

function pickDiverse(scored: Scored[], count: number): Scored[] {
  const penalty = scored.map(() => 0);
  const picked: Scored[] = [];
  const rest = new Set(scored);
  while (picked.length < count && rest.size > 0) {
    const best = bestOf(rest, penalty);
    if (best === undefined) break;
    rest.delete(best);
    picked.push(best);
    for (const other of rest) penalty[other.index] = Math.max(penalty[other.index] ?? 0, similarity(best.stems, other.stems));
  }
  return picked;
}

function bestOf(rest: Set<Scored>, penalty: number[]): Scored | undefined {
  let best: Scored | undefined;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (const candidate of rest) {
    const repeated = penalty[candidate.index] ?? 0;
    const value = repeated > 0.8 ? Number.NEGATIVE_INFINITY : candidate.score * (1 - 0.7 * repeated);
    if (value > bestValue) [best, bestValue] = [candidate, value];
  }
  return best;
}

function similarity(left: Set<string>, right: Set<string>): number {
  let shared = 0;
  for (const key of left) if (right.has(key)) shared += 1;
  return shared === 0 ? 0 : shared / (left.size + right.size - shared);
}
