const graphemes = new Intl.Segmenter();
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Columns that a terminal needs for `text`, which holds no control characters: East Asian letters and emoji take two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += columnsOf(segment);
  return width;
}

/** `text` cut to `width` columns, the last of them `…` if anything was cut off. */
export function truncate(text: string, width: number): string {
  if (text.length <= width && textWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += columnsOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** `text` cut to `width` columns by an `…` in its middle: of paths and lineages both ends tell. */
export function truncateMiddle(text: string, width: number): string {
  if (text.length <= width && textWidth(text) <= width) return text;
  const head = truncate(text, Math.floor(width / 2));
  const reversed = [...graphemes.segment(text)].map(({ segment }) => segment).reverse();
  let tail = '';
  let used = textWidth(head);
  for (const segment of reversed) {
    used += columnsOf(segment);
    if (used > width) break;
    tail = segment + tail;
  }
  return head + tail;
}

/** `text` filled up with spaces to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

function columnsOf(grapheme: string): number {
  return wide.test(grapheme) ? 2 : 1;
}
