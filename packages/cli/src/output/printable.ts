/*
 * Everything that a workflow, a model, a file or a journal says passes through here before a terminal sees it: a control character
 * could move the cursor, hide text or change what the person reads.
 */

/** C0 and C1 controls but line feed, and the marks that separate lines or reverse the direction of text. */
const unsafe = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** `text` with control characters spelt out, such as `\u001b`. Line ends become line feeds; tabs become two spaces. */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', '  ')
    .replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `printable`, on one line. */
export function oneLine(text: string): string {
  return printable(text.replace(/[\r\n\t]+/g, ' '));
}
