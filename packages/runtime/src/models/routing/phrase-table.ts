import { clauseEnd } from './words-of.ts';

/** What some phrases say, in whatever language. Phrases as one text, parted by commas; without hyphens and apostrophes. */
export interface PhraseEntry {
  /** For people, in English. */
  readonly label: string;
  readonly weight: number;
  /** Count wherever they stand. */
  readonly anywhere?: string;
  /** Words that may mean something else inside a sentence: count where a clause begins, as an order or a question does. */
  readonly opening?: string;
  /** Of scripts that put no space between words: count inside a word, too. */
  readonly unspaced?: string;
}

/** Finds phrases among words in one pass. */
export interface PhraseTable {
  /** An entry for every place where one of its phrases stands, by place. */
  find(words: readonly string[]): PhraseEntry[];
}

interface Phrase {
  words: readonly string[];
  opens: boolean;
  entry: PhraseEntry;
}

/** After these a clause begins as after a full stop: `please compare`, `and then plan`. */
const leadIns = new Set(
  `please kindly and then to or also now first next finally lastly you me us so but bitte und dann oder zu et puis ou veuillez y luego o
  por favor e poi и затем пожалуйста`.split(/\s+/),
);

export function createPhraseTable(entries: readonly PhraseEntry[]): PhraseTable {
  const phrases = entries.flatMap((entry) => [...phrasesOf(entry, entry.anywhere, false), ...phrasesOf(entry, entry.opening, true)]);
  const byFirstWord = Map.groupBy(phrases, ({ words }) => words[0]);
  const unspaced = entries.flatMap((entry) => split(entry.unspaced).map((text) => ({ text, entry })));
  const inside = (word: string) => unspaced.filter(({ text }) => word.includes(text)).map(({ entry }) => entry);
  return {
    find: (words) => {
      const found: PhraseEntry[] = [];
      for (const [at, word] of words.entries()) {
        for (const phrase of byFirstWord.get(word) ?? []) if (stands(words, at, phrase)) found.push(phrase.entry);
        if (maybeUnspaced.test(word) && isUnspaced.test(word)) found.push(...inside(word));
      }
      return found;
    },
  };
}

/** Quicker to ask, and no for nearly every word of other scripts. */
const maybeUnspaced = /[\u1100-\uffff]/;
const isUnspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

function phrasesOf(entry: PhraseEntry, texts: string | undefined, opens: boolean): Phrase[] {
  return split(texts).map((text) => ({ words: text.split(' '), opens, entry }));
}

function split(texts: string | undefined): string[] {
  return texts === undefined ? [] : texts.split(/,\s*/).filter((text) => text !== '');
}

function stands(words: readonly string[], at: number, { words: wanted, opens }: Phrase): boolean {
  if (!wanted.every((word, offset) => words[at + offset] === word)) return false;
  const before = words[at - 1] ?? clauseEnd;
  return !opens || before === clauseEnd || leadIns.has(before);
}
