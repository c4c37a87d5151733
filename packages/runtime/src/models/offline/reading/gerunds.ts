import { intentVerbs } from './verb-table.ts';

const gerunds = new Map(intentVerbs.edit.concat('make', 'turn', 'put', 'include', 'mention').flatMap(formsOf));

/** The verb of a form such as `adding`, `removing` or `cutting`, for the verbs that ask for an edit; undefined for any other word. */
export function verbOfGerund(word: string): string | undefined {
  return gerunds.get(word.toLowerCase());
}

/** All spellings the form could have; the wrong ones are no words and never met. */
function formsOf(verb: string): [string, string][] {
  return [`${verb}ing`, `${verb.replace(/e$/u, '')}ing`, `${verb}${verb.at(-1)}ing`].map((form) => [form, verb]);
}
