/** A file-name part: lower-case letters and digits of any script joined by hyphens, at most 60 characters; `document` when nothing is left. */
export function slug(text: string): string {
  const plain = text.slice(0, 200).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const joined = (plain.match(/[\p{L}\p{N}]+/gu) ?? []).join('-');
  const short = Array.from(joined).slice(0, 60).join('');
  return (short.length < joined.length ? short.slice(0, Math.max(short.lastIndexOf('-'), 0)) || short : short) || 'document';
}
