/** How many slices of a long text are looked at. The first is its beginning and the last its end, where people say what they want. */
const slices = 16;

/** A text of at most about `limit` characters: the whole, or slices from all over it, each on lines of its own. */
export function excerpt(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const length = Math.floor(limit / slices);
  const gap = (text.length - length) / (slices - 1);
  return Array.from({ length: slices }, (_, index) => {
    const start = Math.round(index * gap);
    return text.slice(start, start + length);
  }).join('\n');
}

/** The beginning and the end of a text, and a text of no more than `limit` characters whole. */
export function endsOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)}\n${text.slice(-half)}`;
}
