import { clipped } from '../text/bounded.ts';
import { findSection, parseMarkdown } from '../text/markdown.ts';
import { type Clause, editClauses } from './clauses.ts';
import { editRules } from './edit-rules.ts';
import { addSection, appendLines } from './section-edits.ts';

/**
 * The document after each order of the instruction, in order. An order that no rule understands, or that finds nothing to act on, changes
 * nothing but is quoted under “Notes”. `path` is the file that the document is in, if known: phrases that name it say only where to work.
 */
export function editDocument(document: string, instruction: string, path?: string): string {
  return editClauses(instruction, path).reduce((text, clause) => applied(text, clause) ?? withNote(text, clause.said), document);
}

/** Whether every order of the instruction is understood and finds something to act on. */
export function understands(document: string, instruction: string, path?: string): boolean {
  const clauses = editClauses(instruction, path);
  return clauses.length > 0 && clauses.every((clause) => applied(document, clause) !== undefined);
}

/** A name that only looks like the file’s place may be the wording to work on, so the order as it was given has the last try. */
function applied(document: string, { said, order }: Clause): string | undefined {
  return applyRule(document, order) ?? (said === order ? undefined : applyRule(document, said));
}

function applyRule(document: string, clause: string): string | undefined {
  for (const rule of editRules) {
    const match = rule.order.exec(clause);
    const edited = match === null ? undefined : rule.apply(document, match.groups ?? {});
    if (edited !== undefined) return edited;
  }
  return undefined;
}

function withNote(document: string, clause: string): string {
  const note = `- Not done by the offline engine: “${clipped(clause, 300)}”`;
  const hasNotes = findSection(parseMarkdown(document), 'Notes') >= 0;
  return (hasNotes ? appendLines(document, [note], 'Notes') : addSection(document, 'Notes', { body: [note] })) ?? document;
}
