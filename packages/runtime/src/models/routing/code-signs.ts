import { readCodeLines } from './code-lines.ts';
import { codePhrases } from './code-phrases.ts';
import type { RequestText } from './read-request.ts';
import { counted, type Sign } from './sign.ts';

/** From this weight on a request is about code. */
const enough = 2;

/** Names of things in code: `getUserName`, `user_name`, `save()`, `main.py`. */
const camelCase = /^[a-z]{2}[a-z\d]{0,40}[A-Z]/;
const snakeCase = /^[a-z]{1,40}_[a-z\d_]{1,40}$/i;
const call = /^[a-z$_][\w$.]{3,60}\((?!s\))/i;
const sourceFile = /^[\w.-]{1,80}\.(?:ts|tsx|js|jsx|mjs|py|java|kt|rs|go|rb|php|cs|cpp|cc|h|hpp|swift|scala|sql|sh|vue|css)$/i;
/** What every name has and hardly a word does; most words are done with here. */
const looksLikeOne = /[_.(]|[a-z\d][A-Z]/;
const name = /[A-Za-z_$][\w$.]*\(?/g;

/** What says that a request is about code; empty if it is not. */
export function codeSigns({ asked, whole, words }: RequestText): Sign[] {
  const { lines, hasDiff, hasTrace, languages } = readCodeLines(whole);
  const phrases = new Map(codePhrases.find(words).map(({ label, weight }) => [label, weight]));
  const names = namesIn(asked);
  const weights = [
    Math.min(lines, enough),
    languages.length > 0 || hasDiff || hasTrace ? enough : 0,
    Math.min(names, enough),
    ...phrases.values(),
  ];
  if (weights.reduce((sum, weight) => sum + weight, 0) < enough) return [];
  const labels = [...(hasDiff ? ['diff'] : []), ...(hasTrace ? ['stack trace'] : []), ...languages, ...phrases.keys()];
  if (lines > 0) labels.push(counted(lines, 'line', 'lines'));
  if (labels.length === 0) labels.push('names');
  return [
    { weight: 0.2, reason: `about code: ${[...new Set(labels)].slice(0, 4).join(', ')}` },
    ...(hasDiff || hasTrace || lines >= 30 ? [{ weight: 0.15, reason: 'code to be read' }] : []),
  ];
}

/** How many different names of things in code a text has. */
function namesIn(text: string): number {
  const found = new Set<string>();
  for (const word of text.split(/\s/)) {
    if (word.includes('://') || word.indexOf('@') > 0) continue;
    for (const candidate of word.slice(0, 200).match(name) ?? []) if (isName(candidate)) found.add(candidate);
  }
  return found.size;
}

function isName(candidate: string): boolean {
  return looksLikeOne.test(candidate) && [camelCase, snakeCase, call, sourceFile].some((shape) => shape.test(candidate));
}
