import { readBrief } from '../compose/brief.ts';
import type { Material } from '../reading/material.ts';
import type { Evidence } from './classify.ts';
import type { Subject } from './subject.ts';

/** Everything that a rule may look at. */
export interface Scene {
  material: Material;
  subject: Subject;
  /** Values that may still be made; when it is used up only what is required is filled. */
  budget: { left: number };
}

/** What choices are judged by: the instruction, or the subject’s text where there is no instruction. */
export function evidenceOf({ material, subject }: Scene): Evidence {
  return { instruction: material.instruction, document: material.document ?? (material.instruction === '' ? subject.markdown : undefined) };
}

/** What the instruction asks to write about, and for whom. */
export function briefOf({ material }: Scene): { topic: string; audience: string; label: string } {
  return readBrief(material.instruction);
}
