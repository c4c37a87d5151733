/** Characters of a text that analysis looks at; editing always works on the whole text. */
export const analysedLength = 200_000;

/** The text up to `limit` UTF-16 units, cut at the last paragraph, line or word if one ends in its second half, never inside a character. */
export function bounded(text: string, limit: number = analysedLength): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit);
  for (const boundary of ['\n\n', '\n', ' ']) {
    const at = cut.lastIndexOf(boundary);
    if (at >= limit / 2) return cut.slice(0, at);
  }
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/** One line of at most `limit` characters, with an ellipsis where something was cut. */
export function clipped(text: string, limit: number): string {
  const line = oneLine(text);
  if (line.length <= limit) return line;
  return limit < 2 ? bounded(line, limit) : `${bounded(line, limit - 1).trimEnd()}…`;
}

/** The text with every run of white space made one space, trimmed. */
export function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
