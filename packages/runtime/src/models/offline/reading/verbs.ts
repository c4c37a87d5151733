import { orderAbout } from './file-reference.ts';
import { courtesy, type Intent, intentVerbs, partsOfDocuments } from './verb-table.ts';

/**
 * The words of an instruction in lower case from its verb on: courtesies such as “could you please” and phrases
 * such as “in plan.md” are passed over.
 */
export function commandWords(instruction: string): string[] {
  const opening = instruction.slice(0, 400);
  const words = (orderAbout(opening) || opening)
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
