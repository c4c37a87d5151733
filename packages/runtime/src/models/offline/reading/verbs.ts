/** What a request asks for. */
export type Intent = 'create' | 'edit' | 'summarise' | 'keywords' | 'outline' | 'title';

/** The verbs that ask for each intent. Also the synonyms by which options such as `create` and `edit` are told apart. */
export const intentVerbs: Record<Intent, readonly string[]> = {
  create: 'create draft write compose prepare produce generate author make start announce explain describe invite new'.split(' '),
  edit: (
    'edit change revise update rename retitle replace shorten add append insert remove delete drop move fix correct rewrite rephrase improve ' +
    'polish tidy clean condense trim tighten expand extend reword reformat refine modify amend swap cut simplify formalise formalize adjust'
  ).split(' '),
  summarise: 'summarise summarize summary recap digest condense abstract'.split(' '),
  keywords: 'keywords keyword tags tag topics key-phrases'.split(' '),
  outline: 'outline sections headings structure'.split(' '),
  title: 'title headline'.split(' '),
};

const courtesy = new Set(
  "please kindly could can would will you i we want need us me to let's lets help like d i'd just now then and also hi hello so".split(' '),
);

const partsOfDocuments = new Set(
  'section subsection heading paragraph sentence bullet bullets point item line row column entry link word words title'.split(' '),
);

/** The words of an instruction in lower case from its verb on: courtesies such as “could you please” are passed over. */
export function commandWords(instruction: string): string[] {
  const words = instruction
    .slice(0, 400)
    .toLowerCase()
    .split(/[\s,:;]+/u)
    .filter((word) => word !== '');
  const start = words.findIndex((word) => !courtesy.has(word));
  return start < 0 ? [] : words.slice(start);
}

/** What an instruction asks for by its verb and the object of the verb; undefined when it opens with no verb that is known. */
export function intentOf(instruction: string): Intent | undefined {
  const words = commandWords(instruction).map((word) => word.replace(/[.!?"]+$/u, ''));
  const [verb = ''] = words;
  const object = words.slice(1, 5);
  if (['give', 'list', 'extract', 'find', 'suggest', 'write', 'create', 'propose', 'generate'].includes(verb)) {
    const asked = (['summarise', 'keywords', 'outline', 'title'] as const).find((intent) =>
      object.slice(0, 3).some((word) => intentVerbs[intent].includes(word)),
    );
    if (asked) return asked;
  }
  if (
    ['make', 'turn', 'set'].includes(verb) &&
    ['it', 'this', 'that', 'the', 'them', 'these', 'everything', 'my', 'our'].includes(object[0] ?? '')
  )
    return 'edit';
  if (['create', 'make', 'write', 'start', 'new'].includes(verb) && object.some((word) => partsOfDocuments.has(word))) return 'edit';
  return (['summarise', 'edit', 'create', 'outline'] as const).find((intent) => intentVerbs[intent].includes(verb));
}
