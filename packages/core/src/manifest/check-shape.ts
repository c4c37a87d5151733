import { z } from 'zod';
import { jsonPointer } from '../wire/json-pointer.ts';
import { type Finding, type ManifestDocument, nodeAt, type Path } from './manifest-document.ts';
import { nearestName } from './nearest-name.ts';

/** A document read with its schema: the value with defaults filled in, or undefined with the reasons why not. */
export interface ShapeResult<T> {
  value?: T;
  findings: Finding[];
}

type Issue = z.core.$ZodIssue;

/** Checks a document against the schema of its manifest; every unknown key, missing key and wrong value is a finding. */
export function checkShape<T>(document: ManifestDocument, schema: z.ZodType<T>): ShapeResult<T> {
  const choices = new Map<string, readonly string[]>();
  const result = schema.safeParse(document.root.value, {
    error: (issue) => {
      const found = choicesOf(issue);
      if (found) choices.set(jsonPointer(pathOf(issue.path)), found);
      return undefined;
    },
  });
  if (result.success) return { value: result.data, findings: [] };
  return { findings: result.error.issues.flatMap((issue) => findingsOf(issue, document, choices)) };
}

/** What would have been valid where an issue arose: the keys of an object, or the tags of a union. */
function choicesOf(issue: z.core.$ZodRawIssue): string[] | undefined {
  if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject) return Object.keys(issue.inst.shape);
  if (issue.code !== 'invalid_union' || !(issue.inst instanceof z.ZodDiscriminatedUnion)) return undefined;
  const tags = issue.inst._zod.propValues?.[issue.inst.def.discriminator] ?? [];
  return [...tags].map(String);
}

function findingsOf(issue: Issue, document: ManifestDocument, choices: ReadonlyMap<string, readonly string[]>): Finding[] {
  const path = pathOf(issue.path);
  const valid = choices.get(jsonPointer(path)) ?? [];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], key, valid));
  const expected = expectationOf(issue, valid);
  const node = nodeAt(document.root, path);
  if (!node) return [missingKey(path, expected)];
  if (issue.code === 'invalid_type') {
    const message = `Expected ${expected} but found ${described(node.value)}.`;
    return [{ code: 'manifest.wrong_type', message, path, expected }];
  }
  const names = issue.code === 'invalid_value' ? issue.values.map(String) : valid;
  const nearest = typeof node.value === 'string' ? nearestName(node.value, names) : undefined;
  return [{ code: 'manifest.invalid_value', message: `Expected ${expected} but found ${described(node.value)}.`, path, expected, nearest }];
}

function unknownKey(path: Path, key: string, valid: readonly string[]): Finding {
  const nearest = nearestName(key, valid);
  const expected = valid.length > 0 ? `one of ${valid.join(', ')}` : 'no key';
  const message = nearest === undefined ? `The key ${key} is not known here.` : `The key ${key} is not known here; is ${nearest} meant?`;
  return { code: 'manifest.unknown_key', message, path, atKey: true, expected, nearest };
}

function missingKey(path: Path, expected: string): Finding {
  return { code: 'manifest.missing_key', message: `The key ${String(path.at(-1))} is missing: expected ${expected}.`, path, expected };
}

/** What the issue's schema accepts, in words. */
function expectationOf(issue: Issue, valid: readonly string[]): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return choice(issue.values.map((value) => JSON.stringify(value)));
    case 'invalid_union':
      return valid.length > 0 ? choice(valid) : 'another type of value';
    case 'too_small':
      return `${sizes[issue.origin] ?? ''}${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${units[issue.origin] ?? ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${units[issue.origin] ?? ''}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'a URL' : issue.message;
    default:
      return issue.message;
  }
}

const sizes: Record<string, string> = { number: 'a number of ', int: 'a whole number of ' };
const units: Record<string, string> = { string: ' character(s)', array: ' item(s)' };
const typeNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

function choice(values: readonly string[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function described(value: unknown): string {
  const text = JSON.stringify(value);
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function pathOf(path: readonly PropertyKey[] | undefined): Path {
  return (path ?? []).map((step) => (typeof step === 'number' ? step : String(step)));
}
