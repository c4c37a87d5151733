import { canonicalJson, type Json, type JsonObject } from '@espalier/core';
import { classify } from './classify.ts';
import { constrainText } from './constrain.ts';
import { listFor, partsFor } from './list-rules.ts';
import { isObjectSchema } from './resolve.ts';
import { evidenceOf, type Scene } from './scene.ts';
import type { Subject } from './subject.ts';

const usualMost = 50;
const mostItems = 1_000;

/** How one item of a list is filled, given the subject it describes. */
type FillItem = (index: number, subject: Subject) => Json;

/** A list: one object per part of the subject, one text per rule for lists, or as many other values as are required. */
export function fillList(
  schema: JsonObject,
  place: { name: string; item: JsonObject; frugal: boolean },
  scene: Scene,
  fillItem: FillItem,
): Json[] {
  const fixed = Array.isArray(schema.prefixItems) ? schema.prefixItems.length : 0;
  const least = Math.min(numberOf(schema.minItems, 0), mostItems);
  const closed = schema.items === false || (schema.items === undefined && fixed > 0);
  const most = Math.min(numberOf(schema.maxItems, usualMost), closed ? fixed : mostItems);
  const head = Array.from({ length: Math.min(fixed, most) }, (_unused, index) => fillItem(index, scene.subject));
  if (closed) return head;
  const wanted = place.frugal ? 0 : most - head.length;
  const body = wanted <= 0 ? [] : itemsFor(schema, place, scene, (subject) => fillItem(fixed, subject)).slice(0, wanted);
  const list = schema.uniqueItems === true ? unique([...head, ...body]) : [...head, ...body];
  return padded(list, { least: Math.max(least, containsLeast(schema)), most, unique: schema.uniqueItems === true }, () =>
    fillItem(fixed, scene.subject),
  );
}

function itemsFor(
  schema: JsonObject,
  { name, item }: { name: string; item: JsonObject },
  scene: Scene,
  fill: (subject: Subject) => Json,
): Json[] {
  const description = typeof schema.description === 'string' ? schema.description : '';
  if (isObjectSchema(item)) return partsFor(scene.subject).slice(0, usualMost).map(fill);
  if (Array.isArray(item.enum) && item.enum.every((value) => typeof value === 'string')) {
    const options = item.enum.map((value) => ({ value, description: '' }));
    return options.length === 0 ? [] : [item.enum[classify(options, evidenceOf(scene))] ?? null];
  }
  const isText =
    item.type === 'string' || (item.type === undefined && item.const === undefined && item.enum === undefined && item.items === undefined);
  if (!isText) return [];
  const texts = listFor(scene.subject, name, description).filter((text) => text !== '');
  return unique(texts.map((text) => constrainText(text, item, scene.subject.markdown)));
}

function padded(list: Json[], limit: { least: number; most: number; unique: boolean }, make: () => Json): Json[] {
  const filled = [...list];
  for (let next = filled.length; next < limit.least; next += 1) filled.push(limit.unique ? varied(make(), next) : make());
  return limit.most < filled.length ? filled.slice(0, Math.max(limit.most, 0)) : filled;
}

/** Equal items are told apart by a number where the kind of value allows it. */
function varied(value: Json, index: number): Json {
  if (typeof value === 'number') return value + index;
  return typeof value === 'string' && value.length > 0 ? `${value} ${index + 1}` : value;
}

function containsLeast(schema: JsonObject): number {
  return schema.contains === undefined ? 0 : numberOf(schema.minContains, 1);
}

function unique(values: Json[]): Json[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
