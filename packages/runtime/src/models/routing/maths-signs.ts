import { createPhraseTable } from './phrase-table.ts';
import type { RequestText } from './read-request.ts';
import type { Sign } from './sign.ts';

const terms = createPhraseTable([
  {
    label: 'calculus',
    weight: 1,
    anywhere: 'integral, integrals, derivative, derivatives, differential equation, gradient, taylor series, limit of',
  },
  {
    label: 'algebra',
    weight: 1,
    anywhere: 'equation, equations, polynomial, matrix, matrices, eigenvalue, eigenvalues, vector space, gleichung, ecuación',
  },
  { label: 'proof', weight: 1, anywhere: 'theorem, lemma, corollary, irrational, prime, primes, modulo, converges, finite group' },
  {
    label: 'chance',
    weight: 1,
    anywhere: 'probability, expected value, standard deviation, variance, confidence interval, bayes, wahrscheinlichkeit, probabilité',
  },
]);

/** Symbols that hardly anything but mathematics is written with, and commands of LaTeX. */
const notation = /[∫∑∏√∂∇≤≥≠≈∞∈∉∀∃⇒⇔⊂∪∩±]|\\(?:frac|int|sum|sqrt|lim|prod|begin)\b|\w\^[\d{(n]/u;

/** What says that a request takes mathematics. */
export function mathsSigns({ asked, words }: RequestText): Sign[] {
  const labels = new Set(terms.find(words).map(({ label }) => label));
  if (hasNotation(asked)) labels.add('notation');
  return labels.size === 0 ? [] : [{ weight: Math.min(0.1 + labels.size * 0.08, 0.35), reason: `mathematics: ${[...labels].join(', ')}` }];
}

/** Whether a text is written with signs of mathematics. */
export function hasNotation(text: string): boolean {
  return notation.test(text);
}
