const listMarker = /^(?:[-*+]|\d{1,9}[.)]) +(?:\[[ xX]\] +)?/u;
const fence = /^(?:```|~~~)/u;

/**
 * The prose of a Markdown text, one string per paragraph or list item, inline markup removed.
 * Headings, code, tables and placeholders (blocks wholly in italics) are left out.
 */
export function proseBlocks(markdown: string): string[] {
  const blocks: string[][] = [[]];
  let fenced = false;
  for (const raw of markdown.split('\n')) {
    const line = raw.trim().replace(/^(?:> ?)+/u, '');
    if (fence.test(line)) fenced = !fenced;
    if (fenced || startsBlock(line)) blocks.push([]);
    if (!fenced && isProse(line)) blocks.at(-1)?.push(line.replace(listMarker, ''));
  }
  return blocks
    .map((lines) => lines.join(' '))
    .filter((block) => block !== '' && !isPlaceholder(block))
    .map(withoutMarkup)
    .filter((block) => block !== '');
}

/** The list items of a Markdown text, inline markup removed, placeholders left out. */
export function listItems(markdown: string): string[] {
  return markdown
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => listMarker.test(line))
    .map((line) => line.replace(listMarker, ''))
    .filter((item) => item !== '' && !isPlaceholder(item))
    .map(withoutMarkup);
}

/** Text without Markdown emphasis, code marks and link targets. */
export function withoutMarkup(text: string): string {
  return text
    .replace(/!?\[([^[\]]*)\]\([^()\s]*\)/gu, '$1')
    .replace(/\*+|`+|~~/gu, '')
    .replace(/(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])/gu, '')
    .trim();
}

function startsBlock(line: string): boolean {
  return line === '' || !isProse(line) || listMarker.test(line);
}

function isProse(line: string): boolean {
  return (
    line !== '' && !/^#{1,6}(?: |$)/u.test(line) && !fence.test(line) && !line.startsWith('|') && !/^(?:---+|===+|\*\*\*+)$/u.test(line)
  );
}

function isPlaceholder(block: string): boolean {
  return block.length > 2 && block.startsWith('_') && block.endsWith('_') && !block.startsWith('__');
}
