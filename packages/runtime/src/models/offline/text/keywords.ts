import { bounded } from './bounded.ts';
import { sentencesOf } from './sentences.ts';
import { isStopword } from './stopwords.ts';
import { placedWords, stem } from './words.ts';

const longestPhrase = 3;

interface Phrase {
  surface: string;
  stems: string[];
  count: number;
}

/**
 * The phrases that say most about a text, best first. Candidates are runs of content words between stop words and punctuation, as in RAKE
 * (Rose et al. 2010); a phrase scores the mean frequency of its words, plus 1.5 for each occurrence, plus 0.75 for each further word.
 */
export function keywordsOf(text: string, limit = 8): string[] {
  const phrases = countPhrases(sentencesOf(bounded(text)).flatMap(candidates));
  const frequency = new Map<string, number>();
  for (const { stems, count } of phrases) for (const key of stems) frequency.set(key, (frequency.get(key) ?? 0) + count);
  const scored = phrases.map((phrase) => ({ phrase, score: scoreOf(phrase, frequency) }));
  scored.sort((left, right) => right.score - left.score);
  return distinct(
    scored.map(({ phrase }) => phrase),
    limit,
  );
}

function candidates(sentence: string): Phrase[] {
  const runs: string[][] = [[]];
  let end = 0;
  for (const word of placedWords(sentence)) {
    const stop = isStopword(word.text) || /^[\d.]+$/u.test(word.text) || word.text.length < 2;
    if (stop || sentence.slice(end, word.start) !== ' ' || (runs.at(-1)?.length ?? 0) >= longestPhrase) runs.push([]);
    if (!stop) runs.at(-1)?.push(word.text);
    end = word.end;
  }
  return runs.filter((run) => run.length > 0).map((run) => ({ surface: run.map(calm).join(' '), stems: run.map(stem), count: 1 }));
}

/** Lowers the capital of an ordinary word; acronyms, names with inner capitals and versions stay. */
function calm(word: string): string {
  return /^\p{Lu}[\p{Ll}'’-]+$/u.test(word) ? word.toLowerCase() : word;
}

function countPhrases(found: Phrase[]): Phrase[] {
  const phrases = new Map<string, Phrase>();
  for (const phrase of found) {
    const key = phrase.stems.join(' ');
    const known = phrases.get(key);
    if (known) known.count += 1;
    else phrases.set(key, phrase);
  }
  return [...phrases.values()];
}

function scoreOf(phrase: Phrase, frequency: Map<string, number>): number {
  const total = phrase.stems.reduce((sum, key) => sum + (frequency.get(key) ?? 0), 0);
  return total / phrase.stems.length + 1.5 * phrase.count + 0.75 * (phrase.stems.length - 1);
}

/** Leaves out phrases that say nothing new beside those already taken. */
function distinct(phrases: Phrase[], limit: number): string[] {
  const said = new Set<string>();
  const taken: string[] = [];
  for (const { surface, stems } of phrases) {
    if (taken.length >= limit) break;
    if (stems.every((key) => said.has(key))) continue;
    for (const key of stems) said.add(key);
    taken.push(surface);
  }
  return taken;
}
