import { oneLine } from '../text/bounded.ts';
import { type Mention, mentionsIn } from './file-mentions.ts';
import { verbOfGerund } from './gerunds.ts';
import { showQuotes } from './quotes.ts';
import { courtesy } from './verb-table.ts';

/** How surely a file is the one that the instruction is about; at equal rank the first one wins. */
const ranks: Record<Mention['role'], number> = { frame: 4, placed: 3, object: 3, passing: 1 };

/** The file that an instruction of at most 2,000 characters is about: `notes/plan.md`, without quotes. */
export function fileNamedIn(text: string): string | undefined {
  const { mentions } = mentionsIn(oneLine(text.slice(0, 2_000)));
  const files = mentions.filter(({ path }) => path !== undefined);
  const best = files.reduce((top, mention) => Math.max(top, rank(mention)), 0);
  return files.find((mention) => rank(mention) === best)?.path;
}

/** The text without the phrases that say which file it is about (“in plan.md”, “open plan.md and”); `file` tells it from other files. */
export function withoutPlace(text: string, file: string | undefined = fileNamedIn(text)): string {
  return reworded(text, file, (mention) => (mention.role === 'object' ? undefined : ''));
}

/**
 * One order without the file that it is about: such phrases go, and the file as an object becomes “the document”. “By adding …” becomes
 * “add …”. Empty if the order says nothing but where to work. Quoted text is kept.
 */
export function orderAbout(clause: string, file: string | undefined = fileNamedIn(clause)): string {
  const order = reworded(clause, file, ({ role, possessive }) => (role === 'object' ? `the document${possessive ? '’s' : ''}` : ''));
  // Courtesies may precede it: “please, by adding …”.
  const by = /^((?:\S+ ){0,8}?)by (\S+)(.*)$/iu.exec(order);
  const [, courtesies = '', gerund = '', rest = ''] = by ?? [];
  const isOpening = courtesies.split(/[\s,]+/u).every((word) => word === '' || courtesy.has(word.toLowerCase()));
  const verb = verbOfGerund(gerund);
  return by !== null && isOpening && verb !== undefined ? `${courtesies}${verb}${rest}` : order;
}

function rank({ role, quoted, certain }: Mention): number {
  return ranks[role] - (quoted ? 1 : 0) - (role === 'placed' && !certain ? 1 : 0);
}

/** Replaces the mentions of one file, each by what `put` answers; undefined keeps it. */
function reworded(text: string, file: string | undefined, put: (mention: Mention) => string | undefined): string {
  const { words, quotes, mentions } = mentionsIn(oneLine(text));
  const kept: string[] = [];
  let next = 0;
  for (const mention of mentions) {
    const isOther = mention.path !== undefined && !isSameFile(mention.path, file);
    const replacement = mention.role === 'passing' || isOther ? undefined : put(mention);
    if (replacement === undefined) continue;
    kept.push(...words.slice(next, mention.start));
    if (replacement !== '') kept.push(`${replacement}${mention.tail}`);
    else if (mention.tail !== '' && kept.length > 0) kept.push(`${kept.pop()?.replace(/[,;:]$/u, '')}${mention.tail}`);
    next = mention.end;
  }
  return showQuotes([...kept, ...words.slice(next)].join(' '), quotes);
}

/** A bare name stands for the same name in any folder. */
function isSameFile(path: string, file: string | undefined): boolean {
  if (file === undefined || path === file) return path === file;
  return (!path.includes('/') && file.endsWith(`/${path}`)) || (!file.includes('/') && path.endsWith(`/${file}`));
}
