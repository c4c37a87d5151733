import { listItems } from '../text/blocks.ts';
import { bounded } from '../text/bounded.ts';
import { keywordsOf } from '../text/keywords.ts';
import { contentSections } from '../text/markdown.ts';
import { sentencesOf } from '../text/sentences.ts';
import { keySentences } from '../text/summary.ts';
import { found } from './extract.ts';
import { ruleFor } from './property-name.ts';
import type { Subject } from './subject.ts';

interface ListRule {
  names: readonly string[];
  make(text: string): string[];
}

/** Tried in order, like the rules for text. */
const listRules: readonly ListRule[] = [
  { names: ['keyword', 'tag', 'topic', 'keyphrase', 'theme', 'label', 'concept'], make: (text) => keywordsOf(text) },
  { names: ['section', 'heading', 'outline', 'chapter'], make: (text) => contentSections(text).map(({ heading }) => heading) },
  {
    names: ['step', 'bullet', 'point', 'item', 'task', 'action', 'highlight', 'change', 'key_points', 'requirement', 'feature'],
    make: pointsOf,
  },
  { names: ['url', 'link', 'uri'], make: (text) => found.urls(text) },
  { names: ['email'], make: (text) => found.emails(text) },
  { names: ['date', 'deadline'], make: (text) => found.dates(text) },
  { names: ['question'], make: (text) => found.questions(sentencesOf(text)) },
  {
    names: ['name', 'entity', 'entities', 'person', 'people', 'place', 'organization', 'organisation'],
    make: (text) => found.names(sentencesOf(text)),
  },
  { names: ['sentence', 'quote', 'summary', 'finding', 'fact', 'takeaway'], make: (text) => keySentences(text, { sentences: 5 }) },
  { names: ['paragraph', 'line'], make: (text) => sentencesOf(text) },
];

/** The texts for a list of strings: by the property’s name, else its key sentences. */
export function listFor(subject: Subject, name: string, description: string): string[] {
  const text = bounded(subject.markdown);
  const rule = ruleFor(listRules, name, description);
  return rule === undefined ? keySentences(text, { sentences: 5 }) : rule.make(text);
}

/** The parts that a list of objects describes, each a subject of its own: sections, else list items, else key sentences. */
export function partsFor(subject: Subject): Subject[] {
  const sections = contentSections(bounded(subject.markdown));
  if (sections.length > 0) return sections.map(({ heading, body }) => ({ title: heading, markdown: body.join('\n').trim() }));
  return pointsOf(bounded(subject.markdown)).map((point) => ({ title: point, markdown: point }));
}

function pointsOf(text: string): string[] {
  const items = listItems(text);
  return items.length > 0 ? items : keySentences(text, { sentences: 5 });
}
