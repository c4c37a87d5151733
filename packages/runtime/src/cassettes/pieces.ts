/**
 * Cuts `text` into pieces as long as `pieces`, as far as it goes; the last takes the rest, and none is empty. Where it is what they make up
 * together, they are the cut.
 */
export function cutLike(text: string, pieces: readonly string[]): readonly string[] {
  if (text === pieces.join('')) return pieces;
  const cut: string[] = [];
  let [from, length] = [0, 0];
  for (const piece of pieces.slice(0, -1)) {
    length += piece.length;
    const to = wholeCharacters(text, length);
    if (to > from) cut.push(text.slice(from, to));
    from = Math.max(from, to);
  }
  return from < text.length ? [...cut, text.slice(from)] : cut;
}

/** `length`, or one more where it would cut a character in two. */
function wholeCharacters(text: string, length: number): number {
  const last = text.codePointAt(length - 1) ?? 0;
  return Math.min(text.length, last > 0xffff ? length + 1 : length);
}
