import type { Json, JsonObject } from '@espalier/core';
import { bounded } from '../text/bounded.ts';
import { stem, wordsOf } from '../text/words.ts';
import { classify, type Option } from './classify.ts';
import { found } from './extract.ts';
import { nameWords, ruleFor } from './property-name.ts';
import { evidenceOf, type Scene } from './scene.ts';
import { synonymsOf } from './synonyms.ts';
import { toneOf } from './tone-measure.ts';

const toneNames = ['tone', 'style', 'voice', 'register'];
const auxiliaries = new Set('is has have needs need should can must was are does do contains include includes a the'.split(' '));
const negations = new Set(['not', 'no', 'never', 'without', "don't", "isn't", 'non']);

/** The value of an enum that the text speaks for. Numbers: one that the text names, else the first. */
export function chooseValue(values: readonly Json[], schema: JsonObject, name: string, scene: Scene): Json {
  const tone = ruleFor([{ names: toneNames }], name, '') ? toneOf(scene.subject.markdown) : undefined;
  if (tone !== undefined && values.includes(tone)) return tone;
  if (values.every((value) => typeof value === 'number')) {
    const named = new Set(found.numbers(bounded(scene.material.instruction || scene.subject.markdown, 20_000)));
    return values.find((value) => typeof value === 'number' && named.has(value)) ?? values[0] ?? null;
  }
  const described = Array.isArray(schema['x-descriptions']) ? schema['x-descriptions'] : [];
  const options: Option[] = values.map((value, index) => ({ value: String(value), description: String(described[index] ?? '') }));
  return values[classify(options, evidenceOf(scene))] ?? null;
}

/** A label where the schema lists none: from the quoted words of the description, else of the agent’s prompt. */
export function chooseLabel(description: string, scene: Scene): string | undefined {
  const labels = [description, scene.material.system].map(quotedWords).find((words) => words.length > 1);
  if (labels === undefined) return undefined;
  return labels[
    classify(
      labels.map((value) => ({ value, description: '' })),
      evidenceOf(scene),
    )
  ];
}

/** True if the text speaks of what the property is named after and does not deny it in the word before. */
export function chooseBoolean(schema: JsonObject, name: string, scene: Scene): boolean {
  const subjects = nameWords(name).filter((word) => !auxiliaries.has(word));
  const wanted = synonymsOf(subjects);
  const { instruction, document } = evidenceOf(scene);
  const words = wordsOf(bounded(`${instruction}\n${document ?? ''}`, 20_000).toLowerCase());
  const mention = words.findIndex((word) => wanted.has(stem(word)));
  if (mention < 0) return schema.default === true;
  return !words.slice(Math.max(mention - 2, 0), mention).some((word) => negations.has(word));
}

function quotedWords(text: string): string[] {
  const quoted = text.slice(0, 8_000).matchAll(/["“`]([\p{L}\p{N}_-]{1,40})["”`]/gu);
  return [...new Set(Array.from(quoted, (match) => match[1] ?? ''))].filter((word) => word !== '');
}
