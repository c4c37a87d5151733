import { isIPv4, isIPv6 } from 'node:net';
import { isCardNumber, isIban } from './account-numbers.ts';

/** What personal data is looked for. */
export type PersonalDataKind = 'email' | 'iban' | 'card' | 'ssn' | 'ip' | 'phone';

/** A part of a text, from its first character to the one after its last. */
interface Span {
  start: number;
  end: number;
}

interface Pattern {
  kind: PersonalDataKind;
  /** Of bounded length, and tried again one character further on where `confirm` says no: the time is in proportion to the text. */
  candidate: RegExp;
  /** The part of a candidate that is what it looks like, if any. */
  confirm(found: RegExpExecArray): Span | undefined;
}

const at = String.raw`(?:@|＠|%40|\s?[[({<]\s?at\s?[\])}>]\s?)`;
const dot = String.raw`(?:\.|\s?[[({<]\s?dot\s?[\])}>]\s?)`;
const label = String.raw`[\p{L}\p{N}][\p{L}\p{N}-]{0,62}`;
/** Between groups of digits: a space, of a fixed width too, or a dash of any kind. */
const gap = String.raw` \u00a0\u2009\u202f\u2010-\u2013-`;

/** In this order: what is left of a text when accounts are out of it may look like a telephone number. */
const patterns: readonly Pattern[] = [
  {
    kind: 'email',
    candidate: new RegExp(String.raw`${at}(?<=([\p{L}\p{N}._%+'"-]{1,64})${at})((?:${label}${dot}){1,8}\p{L}{2,63})`, 'giu'),
    confirm: mailAddress,
  },
  {
    kind: 'iban',
    candidate: /(?<![A-Z\d])[A-Z]{2}\d{2}(?:[A-Z\d]{11,30}|(?:[ \u00a0-][A-Z\d]{4}){2,7}(?:[ \u00a0-][A-Z\d]{1,3})?)(?![A-Z\d])/gi,
    confirm: (found) => leadingGroups(found, isIban),
  },
  {
    kind: 'card',
    candidate: new RegExp(String.raw`(?<![A-Z\d])(?<!\d\.)\d{4,19}(?:[.${gap}]\d{1,8}){0,5}(?!\d|[A-F]+\d|\.\d)`, 'gi'),
    confirm: (found) => leadingGroups(found, isCardNumber),
  },
  {
    kind: 'ssn',
    candidate: /(?<![A-Z\d])(?<!\d[.-])(?!000|666|9)\d{3}([.\u2010-\u2013-])(?!00)\d{2}\1(?!0000)\d{4}(?![A-Z\d])(?![.-]\d)/gi,
    confirm: whole,
  },
  {
    kind: 'ip',
    candidate: /(?<!\w)(?<!\w::)(?:[\da-f]{1,4}|:(?=:))(?::[\da-f]{0,4}){2,8}(?:\.\d{1,3}){0,3}(?!\w)/gi,
    confirm: addressOfVersion6,
  },
  { kind: 'ip', candidate: /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w)(?!\.\d)/g, confirm: addressOfVersion4 },
  {
    kind: 'phone',
    candidate: new RegExp(String.raw`(?<![\w+#])(?<![A-Z]-|\d[.,:-])(?:\+ ?|00[${gap}]?)[1-9](?:[./()${gap}]{0,3}\d){7,14}(?!\d)`, 'g'),
    confirm: internationalPhone,
  },
  {
    kind: 'phone',
    candidate: new RegExp(
      String.raw`(?<![\w+#])(?<![A-Z\d]-|\d\.)(?:1[.${gap}])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[./${gap}])[2-9]\d\d[.${gap}]\d{4}(?!\d|[-.]\d)`,
      'g',
    ),
    confirm: whole,
  },
  {
    kind: 'phone',
    candidate: /(?<![\w+#])(?<![A-Z]-|\d[ .,:/-])\(?0[1-9]\d{0,4}\)?([ ./-]| [/-] )\d{2,8}(?:\1\d{2,8}){0,4}(?![ ./-]?\d)/g,
    confirm: nationalPhone,
  },
];

/** What stands so close to other personal data that it looks like a part of it is found once that is out. */
const rounds = 4;

/** `text` with whatever looks like personal data replaced by what `placeholder` gives for it. Takes time in proportion to the text. */
export function replacePersonalData(text: string, placeholder: (kind: PersonalDataKind, value: string) => string): string {
  let rest = text;
  for (let round = 0; round < rounds; round += 1) {
    const before = rest;
    for (const pattern of patterns) rest = replaceMatches(rest, pattern, (value) => placeholder(pattern.kind, value));
    if (rest === before) break;
  }
  return rest;
}

/** After each match it searches the rest on its own: what was found is no neighbour of what comes next. */
function replaceMatches(text: string, { candidate, confirm }: Pattern, placeholder: (value: string) => string): string {
  const search = new RegExp(candidate);
  const kept: string[] = [];
  let rest = text;
  for (let found = search.exec(rest); found !== null; found = search.exec(rest)) {
    const span = confirm(found);
    search.lastIndex = span === undefined ? found.index + 1 : 0;
    if (span === undefined) continue;
    kept.push(rest.slice(0, span.start), placeholder(rest.slice(span.start, span.end)));
    rest = rest.slice(span.end);
  }
  return kept.length === 0 ? text : kept.join('') + rest;
}

function whole({ index, 0: text }: RegExpExecArray): Span {
  return { start: index, end: index + text.length };
}

/** `image@2x.png` and `package@1.2.0-beta.rc` are none. */
function mailAddress(found: RegExpExecArray): Span | undefined {
  const [, local = '', domain = ''] = found;
  if (/^\d+(?:\.\d+)?x\.|^\d+\.\d+/i.test(domain)) return undefined;
  const name = local.replace(/^[^\p{L}\p{N}_]+/u, '');
  return name === '' ? undefined : { start: found.index - name.length, end: whole(found).end };
}

/** The most groups of letters and digits, from the first on, that together satisfy `check`: what follows an account may look like more of it. */
function leadingGroups({ index, 0: text }: RegExpExecArray, check: (account: string) => boolean): Span | undefined {
  const ends = [...text.matchAll(/[^A-Z\d]/gi)].map((separator) => separator.index);
  const length = [...ends, text.length].findLast((end) => check(text.slice(0, end).replaceAll(/[^A-Z\d]/gi, '')));
  return length === undefined ? undefined : { start: index, end: index + length };
}

/** Names joined by `::` in code are none, nor are the pairs of hexadecimal digits of a fingerprint. */
function addressOfVersion6(found: RegExpExecArray): Span | undefined {
  const text = [found[0], found[0].replace(/:$/, '')].find((each) => isIPv6(each));
  if (text === undefined || !/\d/.test(text) || !/[\da-f]{3}/i.test(text)) return undefined;
  return { start: found.index, end: found.index + text.length };
}

/** What stands before the number of a version or a section. */
const numbered =
  /(?:\b(?:v|ver|versions?|release|build|rev|revision|sections?|sec|chapter|clause|article|para|paragraph|fig|figure|table|step|appendix)|§|[=~<>]=|[~^])[ .:=#"']{0,3}$/i;
const hostBefore = /(?:\/\/|@|\bip(?:v4)?\b[^\d]{0,12}|\bhost\w{0,8}[ :=]{1,3})$/i;
const portAfter = /^(?::\d{2,5}|\/\d{1,2})\b/;

/** Every computer has these: its own address, any address, masks. */
const nobodys = /^(?:0|127|255)\./;

/** Versions and numbers of sections have small parts, or a word before them that says what they are. */
function addressOfVersion4(found: RegExpExecArray): Span | undefined {
  const { 0: text, index, input } = found;
  const before = input.slice(Math.max(0, index - 24), index);
  if (!isIPv4(text) || nobodys.test(text) || numbered.test(before)) return undefined;
  const parts = text.split('.').map(Number);
  const large = parts.some((part) => part >= 100) || parts.filter((part) => part >= 10).length >= 3;
  const named = hostBefore.test(before) || portAfter.test(input.slice(index + text.length, index + text.length + 6));
  return large || parts[0] === 10 || named ? whole(found) : undefined;
}

/** Numbers that are filled up with zeros from the left look like 00 and the code of a country. */
function internationalPhone(found: RegExpExecArray): Span | undefined {
  return /^00\d{0,9}$/.test(found[0]) ? undefined : whole(found);
}

/** In groups only, with the zero that most countries begin with; dates are written so as well. */
function nationalPhone(found: RegExpExecArray): Span | undefined {
  const digits = found[0].replaceAll(/\D/g, '').length;
  const date = /^0\d[ ./-]\d\d[ ./-](?:19|20)\d\d/.test(found[0]);
  return digits < 9 || digits > 12 || date ? undefined : whole(found);
}
