const smallWords = new Set('a am an and as at but by for from in nor of on or per pm the to via vs with'.split(' '));
const acronyms = new Set('api cli csv css faq html http id json pdf qa sdk sql ui url ux xml yaml'.split(' '));

/** English title case: first and last word and every longer word capitalised; words with capitals or digits of their own are kept. */
export function titleCase(phrase: string): string {
  const parts = phrase.split(' ');
  return parts.map((part, index) => titleWord(part, index === 0 || index === parts.length - 1 || endsClause(parts[index - 1]))).join(' ');
}

/** The phrase with its first letter capitalised and nothing else changed. */
export function sentenceCase(phrase: string): string {
  const [first = '', ...rest] = Array.from(phrase.slice(0, 2));
  return first.toUpperCase() + rest.join('') + phrase.slice(2);
}

/** The phrase with its first letter lowered, unless the word has other capitals (`CSV`, `iOS`) or is `I`. */
export function lowerFirst(phrase: string): string {
  const first = phrase.split(' ', 1)[0] ?? '';
  if (first === 'I' || /\p{Lu}/u.test(first.slice(1))) return phrase;
  return phrase.charAt(0).toLowerCase() + phrase.slice(1);
}

function titleWord(part: string, exposed: boolean): string {
  if (acronyms.has(part.toLowerCase())) return part.toUpperCase();
  if (!exposed && smallWords.has(part)) return part;
  if (/[\p{Lu}\p{N}/@]/u.test(part)) return part;
  const quoted = /^["'“‘(]/u.test(part) ? 1 : 0;
  return (
    part.slice(0, quoted) + sentenceCase(part.slice(quoted)).replace(/-(\p{Ll})/gu, (_all, letter: string) => `-${letter.toUpperCase()}`)
  );
}

function endsClause(part: string | undefined): boolean {
  return part?.endsWith(':') ?? false;
}
