import { producedText } from '../produce.ts';
import type { Material } from '../reading/material.ts';
import { clipped } from '../text/bounded.ts';
import { titleOf } from '../text/markdown.ts';
import { sentencesOf } from '../text/sentences.ts';

/** The text that a value is made from. */
export interface Subject {
  title: string;
  markdown: string;
}

/** What the values of an answer describe: the produced document if the answer holds it, else the given one, else what would be produced. */
export function subjectOf(material: Material, holdsDocument: boolean): Subject {
  const markdown = holdsDocument ? producedText(material) : (material.document ?? producedText(material));
  return subjectFrom(markdown);
}

/** A subject with the title that the text has: its heading, else its first sentence. */
function subjectFrom(markdown: string): Subject {
  return { markdown, title: titleOf(markdown) ?? clipped((sentencesOf(markdown.slice(0, 2_000))[0] ?? '').replace(/[.。]$/u, ''), 80) };
}
