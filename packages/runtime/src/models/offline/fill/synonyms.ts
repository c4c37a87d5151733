import { intentVerbs } from '../reading/verb-table.ts';
import { stem } from '../text/words.ts';

/** Words that speak for the same option, as stems. General English, written for no input in particular. */
const groups: readonly (readonly string[])[] = [
  intentVerbs.create,
  [...intentVerbs.edit, 'existing', 'typo', 'instead'],
  intentVerbs.summarise,
  'delete remove drop erase discard'.split(' '),
  'positive good great excellent happy love wonderful pleased satisfied thanks perfect enjoy delighted'.split(' '),
  'negative bad poor terrible unhappy hate awful disappointed angry broken worst slow useless annoyed'.split(' '),
  'urgent high critical immediately asap emergency severe outage blocker now'.split(' '),
  'low minor trivial cosmetic someday whenever nice-to-have'.split(' '),
  'bug error crash broken defect fault fails failing exception regression issue'.split(' '),
  'feature enhancement request support wish idea improvement'.split(' '),
  'question how why what help ask wondering'.split(' '),
  'billing invoice payment charge refund price subscription paid card'.split(' '),
  'technical code api server configuration install deploy database implementation engineering'.split(' '),
  'account login password profile sign-in username'.split(' '),
  'sales buy purchase quote demo pricing customer deal'.split(' '),
  'spam prize winner click lottery viagra unsubscribe free'.split(' '),
  'yes true approve accept agree ok allow confirm pass'.split(' '),
  'no false reject deny decline disagree refuse forbid fail'.split(' '),
  'formal official sincerely hereby regarding dear pursuant'.split(' '),
  'friendly casual informal hi hey thanks cheers welcome'.split(' '),
].map((group) => group.map(stem));

/** The stems that speak for an option: its own words, and the groups that one of its words belongs to. */
export function synonymsOf(words: readonly string[]): Set<string> {
  const own = words.map(stem);
  return new Set([...own, ...groups.filter((group) => own.some((key) => group.includes(key))).flat()]);
}
