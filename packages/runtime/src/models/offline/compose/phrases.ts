import { oneLine } from '../text/bounded.ts';
import { sentenceCase } from '../text/letter-case.ts';
import { stem } from '../text/words.ts';

const people = new Set(
  (
    'team customer user engineer manager developer reader staff board client people everyone newcomer student stakeholder executive audience ' +
    'member partner investor employee colleague teacher parent neighbour neighbor volunteer guest patient press public family friend child kid ' +
    'beginner designer analyst department management leadership committee council group crew management community tenant resident'
  )
    .split(' ')
    .map(stem),
);

/** The items of an enumeration (“a, b and c”), each starting with a capital; at most 12. */
export function splitPoints(text: string): string[] {
  return oneLine(text)
    .split(/ ?[,;] (?:and |with |plus |including )?| (?:and|plus|including|with|as well as) /iu)
    .map((point) =>
      point
        .trim()
        .replace(/^(?:and|or|also) /iu, '')
        .replace(/[.:]$/u, ''),
    )
    .filter((point) => /[\p{L}\p{N}]/u.test(point))
    .slice(0, 12)
    .map(sentenceCase);
}

/** Whether a noun phrase names people: “the sales team”, “new members of the chess club”. */
export function namesPeople(phrase: string): boolean {
  const core = phrase.split(/ (?:of|in|at|from|on|with|who) /iu, 1)[0] ?? '';
  const head = core.slice(core.lastIndexOf(' ') + 1).toLowerCase();
  return people.has(stem(head)) || /(?:ers|ors|ists|ees)$/u.test(head);
}

/** The phrase without white space and commas, semicolons or colons at its ends. */
export function withoutEdges(phrase: string): string {
  return phrase.replace(/^[\s,;:]+/u, '').replace(/(?<![\s,;:])[\s,;:]+$/u, '');
}

/** The phrase without a leading article or possessive. */
export function withoutArticle(phrase: string): string {
  return phrase.replace(/^(?:an?|the|our|my|your|their|some|this) (?=\S)/iu, '');
}

/** The first words up to one of `connectors`, that connector in lower case, and the rest. A colon at the end of a word connects too. */
export function cutAt(text: string, connectors: ReadonlySet<string>): { before: string; connector: string; after: string } {
  const words = text.split(' ');
  for (const [index, word] of words.entries()) {
    if (connectors.has(word.toLowerCase())) return { ...around(words, index), connector: word.toLowerCase() };
    if (word.length > 1 && word.endsWith(':')) {
      return { before: [...words.slice(0, index), word.slice(0, -1)].join(' '), connector: ':', after: words.slice(index + 1).join(' ') };
    }
  }
  return { before: text, connector: '', after: '' };
}

function around(words: string[], index: number): { before: string; after: string } {
  return { before: words.slice(0, index).join(' '), after: words.slice(index + 1).join(' ') };
}
