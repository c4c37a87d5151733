import { hasNotation } from './maths-signs.ts';
import { createPhraseTable } from './phrase-table.ts';
import type { RequestText } from './read-request.ts';
import { reasoningPhrases } from './reasoning-phrases.ts';
import type { Sign } from './sign.ts';
import { wordsOf } from './words-of.ts';

/** However much is asked for, length and form still count. */
const mostWeight = 0.8;
const calculation = { label: 'calculation', weight: 0.2 };

/** What says that a request asks for steps, proofs, comparisons or plans, as one sign; empty if nothing does. */
export function reasoningSigns(text: RequestText): Sign[] {
  const asks = isCalculation(text) ? [calculation] : [];
  const found = new Map([...reasoningPhrases.find(text.words), ...asks].map(({ label, weight }) => [label, weight]));
  if (found.size === 0) return [];
  const left = [...found.values()].reduce((rest, weight) => rest * (1 - weight), 1);
  return [{ weight: Math.min(1 - left, mostWeight), reason: `asks for reasoning: ${[...found.keys()].join(', ')}` }];
}

const quantities = createPhraseTable([
  {
    label: 'quantity',
    weight: 1,
    anywhere: `how many, how much, how long, how far, how old, the total, total cost, the probability, the area, the volume,
        the length, the value of, what percentage, what fraction, the remainder, wie viele, wie viel, wie lange, combien,
        cuántos, cuántas, cuánto, quanti, quante, quantos, сколько`,
    unspaced: '多少, 几个, いくつ, 何人, 何個',
  },
]);

const numbers = new Set(
  'one two three four five six seven eight nine ten twice half third zwei drei vier fünf deux trois quatre dos tres cuatro'.split(' '),
);

/** Shorter questions with numbers are of facts; longer texts hold numbers anyway. */
const shortest = 12;
const longest = 300;

/** Whether it is a problem to be worked out: a formula, or numbers and a question for one more. */
function isCalculation({ question }: RequestText): boolean {
  const words = wordsOf(question);
  if (words.length > longest) return false;
  if (hasNotation(question)) return true;
  if (words.length < shortest || !/[?？]/.test(question) || quantities.find(words).length === 0) return false;
  return words.filter((word) => numbers.has(word) || /^\d/.test(word)).length >= 2;
}
