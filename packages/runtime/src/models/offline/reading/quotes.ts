/** Quoted text becomes the private-use mark `\uE000n\uE000`, so that no rule splits it or looks inside. */
export function hideQuotes(text: string): { bare: string; quotes: string[] } {
  const quotes: string[] = [];
  const bare = text.replaceAll('\uE000', '').replace(/"[^"]*"|“[^”]*”|`[^`]*`/gu, (quote) => `\uE000${quotes.push(quote) - 1}\uE000`);
  return { bare, quotes };
}

/** The text with its quotes back in place; the opposite of `hideQuotes`. */
export function showQuotes(text: string, quotes: readonly string[]): string {
  return text.replace(/\uE000(\d{1,4})\uE000/gu, (_mark, index: string) => quotes[Number(index)] ?? '');
}
