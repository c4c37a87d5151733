import type { JsonObject } from '@espalier/core';
import { contentSections } from '../text/markdown.ts';
import { sentencesOf } from '../text/sentences.ts';
import { wordsOf } from '../text/words.ts';
import { found } from './extract.ts';
import { ruleFor } from './property-name.ts';
import type { Scene } from './scene.ts';

interface NumberRule {
  names: readonly string[];
  make(markdown: string): number;
}

const wordsPerMinute = 200;

const numberRules: readonly NumberRule[] = [
  { names: ['section_count', 'section', 'heading'], make: (text) => contentSections(text).length },
  { names: ['sentence_count', 'sentence'], make: (text) => sentencesOf(text).length },
  { names: ['character', 'char', 'character_count', 'char_count'], make: (text) => text.length },
  { names: ['line', 'line_count'], make: (text) => text.split('\n').length },
  { names: ['reading_time', 'minute', 'reading_minutes'], make: (text) => Math.ceil(wordsOf(text).length / wordsPerMinute) },
  { names: ['length', 'word', 'word_count', 'count', 'size', 'total'], make: (text) => wordsOf(text).length },
  // The engine measures no probabilities: even odds say so.
  { names: ['confidence', 'score', 'probability', 'certainty'], make: () => 0.5 },
];

/** A number for a property: measured by its name, else the first number in the text, else 0; moved into the range that the schema allows. */
export function numberFor(schema: JsonObject, name: string, scene: Scene): number {
  const text = scene.subject.markdown;
  const rule = ruleFor(numberRules, name, typeof schema.description === 'string' ? schema.description : '');
  return withinRange(rule?.make(text) ?? numberOf(schema.default) ?? found.numbers(text)[0] ?? 0, schema);
}

/** The nearest number that `minimum`, `maximum`, their exclusive forms, `multipleOf` and `integer` allow. */
function withinRange(value: number, schema: JsonObject): number {
  const unit = numberOf(schema.multipleOf) ?? (schema.type === 'integer' || isIntegerType(schema.type) ? 1 : 0);
  const step = unit > 0 ? unit : 0;
  const nudge = step > 0 ? step : 1e-6;
  const lowest = Math.max(numberOf(schema.minimum) ?? -Infinity, above(numberOf(schema.exclusiveMinimum), nudge));
  const highest = Math.min(numberOf(schema.maximum) ?? Infinity, -above(negated(numberOf(schema.exclusiveMaximum)), nudge));
  const clamped = Math.max(Math.min(value, highest), lowest);
  if (step === 0) return clamped;
  const down = Math.floor(clamped / step) * step;
  return down >= lowest ? down : Math.ceil(clamped / step) * step;
}

function above(limit: number | undefined, nudge: number): number {
  return limit === undefined ? -Infinity : limit + nudge;
}

function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

function isIntegerType(type: unknown): boolean {
  return Array.isArray(type) && type.includes('integer') && !type.includes('number');
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
