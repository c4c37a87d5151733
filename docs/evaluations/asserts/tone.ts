const unkind = ['sadly', 'unfortunately', 'impossible'];

/** Whether a reply says none of the words that we do not say. */
export function isKind(text: string) {
  const said = unkind.filter((word) => text.toLowerCase().includes(word));
  return { passed: said.length === 0, message: `it says ${said.join(', ') || 'none of them'}` };
}

/** The share of the topics that the text speaks of, from 0 to 1. */
export function covers(text: string, { expected }: { expected: string[] }): number {
  return expected.filter((topic) => text.includes(topic)).length / expected.length;
}
