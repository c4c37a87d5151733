import { bounded } from '../text/bounded.ts';
import { isStopword } from '../text/stopwords.ts';
import { placedWords, wordsOf } from '../text/words.ts';

const months = 'January|February|March|April|May|June|July|August|September|October|November|December';

/** Facts that a text states literally, in order of appearance, each once. */
export const found = {
  urls: (text: string): string[] => matches(text, /https?:\/\/[^\s<>()[\]"'`]{1,2000}/gu).map((url) => url.replace(/[.,;:!?]+$/u, '')),
  emails: (text: string): string[] =>
    matches(text, /(?<![\p{L}\p{N}._+-])[\p{L}\p{N}._+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu),
  dates: (text: string): string[] =>
    matches(
      text,
      new RegExp(`\\b\\d{4}-\\d{2}-\\d{2}\\b|\\b\\d{1,2} (?:${months})(?: \\d{4})?\\b|\\b(?:${months}) \\d{1,2}(?:, \\d{4})?\\b`, 'gu'),
    ),
  questions: (sentences: readonly string[]): string[] => sentences.filter((sentence) => sentence.endsWith('?')),
  names: properNames,
  numbers: (text: string): number[] => matches(text, /(?<![\p{L}\p{N}.,])-?\d{1,12}(?:\.\d{1,6})?(?![\p{L}\p{N}])/gu).map(Number),
  language: languageOf,
} as const;

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set(bounded(text).match(pattern) ?? [])];
}

/** Runs of capitalised words that do not open a sentence, at most four words each. */
function properNames(sentences: readonly string[]): string[] {
  const names = new Set<string>();
  for (const sentence of sentences) {
    let run: string[] = [];
    let end = -1;
    for (const word of placedWords(sentence)) {
      const capital = /^\p{Lu}/u.test(word.text) && word.start > 0 && !isStopword(word.text);
      if (run.length > 0 && (!capital || word.start !== end + 1 || run.length > 3)) {
        names.add(run.join(' '));
        run = [];
      }
      if (capital) run.push(word.text);
      end = word.end;
    }
    if (run.length > 0) names.add(run.join(' '));
  }
  return [...names];
}

const scripts: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/\p{Script=Han}/u, 'zh'],
  [/\p{Script=Cyrillic}/u, 'ru'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Greek}/u, 'el'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Devanagari}/u, 'hi'],
];

/** `en` when English grammar words are there, else the usual language of the script, else `und`. */
function languageOf(text: string): string {
  const start = bounded(text, 4_000);
  const words = wordsOf(start);
  const english = words.filter((word) => /^[a-z]/iu.test(word) && isStopword(word)).length;
  if (english * 8 >= words.length && english > 0) return 'en';
  return scripts.find(([script]) => script.test(start))?.[1] ?? 'und';
}
