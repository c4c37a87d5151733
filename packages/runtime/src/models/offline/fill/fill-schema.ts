import { isJsonObject, type Json, type JsonObject } from '@espalier/core';
import type { Material } from '../reading/material.ts';
import { chooseBoolean, chooseLabel, chooseValue } from './choose.ts';
import { constrainText } from './constrain.ts';
import { fillList } from './fill-list.ts';
import { numberFor } from './number-rules.ts';
import { nameWords, ruleFor } from './property-name.ts';
import { resolveSchema } from './resolve.ts';
import type { Scene } from './scene.ts';
import { documentNames, nearestSentence, stringRules } from './string-rules.ts';
import { type Subject, subjectOf } from './subject.ts';

const comfortableDepth = 8;
const deepest = 60;
const comfortableValues = 2_000;
/** Only a schema that demands itself more than once needs so many values; it has no finite answer. */
const hardLimit = -20_000;

interface Place {
  name: string;
  depth: number;
  root: JsonObject;
}

/**
 * A value for a JSON Schema (2020-12) made from the material by the rules in README.md. Keywords outside that table are ignored, so the
 * caller still validates.
 */
export function fillSchema(schema: JsonObject, material: Material): Json {
  const holdsDocument = hasDocument(resolveSchema(schema, schema));
  const scene: Scene = { material, subject: subjectOf(material, holdsDocument), budget: { left: comfortableValues } };
  return fillValue(schema, { name: '', depth: 0, root: schema }, scene);
}

function hasDocument(schema: JsonObject): boolean {
  if (!isJsonObject(schema.properties)) return schema.type === 'string';
  return Object.keys(schema.properties).some((name) => ruleFor(stringRules, name, '')?.names === documentNames);
}

function fillValue(schema: Json, place: Place, scene: Scene): Json {
  scene.budget.left -= 1;
  const resolved = resolveSchema(schema, place.root);
  if (place.depth > deepest || scene.budget.left < hardLimit) return null;
  if (resolved.const !== undefined) return resolved.const;
  if (Array.isArray(resolved.enum)) return chooseValue(resolved.enum, resolved, place.name, scene);
  switch (typeOf(resolved)) {
    case 'object':
      return fillObject(resolved, place, scene);
    case 'array':
      return fillArray(resolved, place, scene);
    case 'boolean':
      return chooseBoolean(resolved, place.name, scene);
    case 'integer':
    case 'number':
      return numberFor(resolved, place.name, scene);
    case 'null':
      return null;
    default:
      return fillText(resolved, place, scene);
  }
}

function typeOf(schema: JsonObject): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return String(type.find((option) => option !== 'null') ?? 'null');
  if (isJsonObject(schema.properties) || Array.isArray(schema.required)) return 'object';
  if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array';
  return schema.minimum !== undefined || schema.maximum !== undefined ? 'number' : 'string';
}

function fillObject(schema: JsonObject, place: Place, scene: Scene): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : []);
  const names = Object.keys(properties).filter((name) => required.has(name) || !isFrugal(place, scene));
  const undeclared = [...required].filter((name) => !Object.hasOwn(properties, name));
  const members = [...names, ...undeclared].slice(0, comfortableValues);
  const at = (name: string) => ({ name, depth: place.depth + 1, root: place.root });
  const rest = schema.additionalProperties ?? {};
  return Object.fromEntries(
    members.map((name) => [name, fillValue(Object.hasOwn(properties, name) ? (properties[name] ?? {}) : rest, at(name), scene)]),
  );
}

function fillArray(schema: JsonObject, place: Place, scene: Scene): Json[] {
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const items = schema.items ?? {};
  const fillItem = (index: number, subject: Subject) =>
    fillValue(prefix[index] ?? items, { name: place.name, depth: place.depth + 1, root: place.root }, { ...scene, subject });
  return fillList(schema, { name: place.name, item: resolveSchema(items, place.root), frugal: isFrugal(place, scene) }, scene, fillItem);
}

function fillText(schema: JsonObject, { name }: Place, scene: Scene): string {
  return constrainText(textFor(schema, name, scene), schema, scene.subject.markdown);
}

function textFor(schema: JsonObject, name: string, scene: Scene): string {
  if (name === '') return scene.subject.markdown;
  const description = typeof schema.description === 'string' ? schema.description.slice(0, 400) : '';
  const label = nameWords(name).some((word) => labelNames.has(word)) ? chooseLabel(description, scene) : undefined;
  const rule = ruleFor(stringRules, name, description);
  return (
    label ?? rule?.make(scene) ?? (typeof schema.default === 'string' ? schema.default : nearestSentence(scene, `${name} ${description}`))
  );
}

const labelNames = new Set(
  'label edge category class choice decision operation route intent action type status sentiment priority'.split(' '),
);

function isFrugal(place: Place, scene: Scene): boolean {
  return place.depth > comfortableDepth || scene.budget.left <= 0;
}
