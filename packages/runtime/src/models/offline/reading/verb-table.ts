/** What a request asks for. */
export type Intent = 'create' | 'edit' | 'summarise' | 'keywords' | 'outline' | 'title';

/** The verbs that ask for each intent. Also the synonyms by which options such as `create` and `edit` are told apart. */
export const intentVerbs: Record<Intent, readonly string[]> = {
  create: 'create draft write compose prepare produce generate author make start announce explain describe invite new'.split(' '),
  edit: (
    'edit change revise update rename retitle replace shorten add append insert remove delete drop move fix correct rewrite rephrase improve ' +
    'polish tidy clean condense trim tighten expand extend reword reformat refine modify amend swap cut include simplify formalise formalize adjust'
  ).split(' '),
  summarise: 'summarise summarize summary recap digest condense abstract'.split(' '),
  keywords: 'keywords keyword tags tag topics key-phrases'.split(' '),
  outline: 'outline sections headings structure'.split(' '),
  title: 'title headline'.split(' '),
};

/** Words that open an order without being its verb. */
export const courtesy: ReadonlySet<string> = new Set(
  "please kindly could can would will you i we want need us me to let's lets help like d i'd just now then and also hi hello so".split(' '),
);

/** Nouns for what a document consists of. */
export const partsOfDocuments: ReadonlySet<string> = new Set(
  'section subsection heading paragraph sentence bullet bullets point item line row column entry link word words title'.split(' '),
);
