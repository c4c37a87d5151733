/** The words of a property’s name in lower case: `wordCount`, `word_count` and `word-count` give `word`, `count`. */
export function nameWords(name: string): string[] {
  return name
    .slice(0, 200)
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/**
 * The first rule that claims a property: by its whole name, then by the words of its name from the last (the noun) to the first,
 * then by the words of its description in order.
 */
export function ruleFor<Rule extends { names: readonly string[] }>(
  rules: readonly Rule[],
  name: string,
  description: string,
): Rule | undefined {
  const words = nameWords(name);
  for (const word of [words.join('_'), ...words.toReversed(), ...nameWords(description)]) {
    const rule = rules.find(({ names }) => names.includes(word) || (word.endsWith('s') && names.includes(word.slice(0, -1))));
    if (rule) return rule;
  }
  return undefined;
}
