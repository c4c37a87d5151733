import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { linearPattern } from './linear-pattern.ts';
import { type Finding, type Located, locate, type ManifestDocument, nodeAt, type Path } from './manifest-document.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem } from './problem.ts';
import { readDocument } from './read-document.ts';
import { schemaKeywords } from './schema-keywords.ts';
import { createSchemaSet, isSchemaDialect, type SchemaSet, schemaDialect } from './schema-set.ts';
import type { SourceFile } from './workflow.ts';

/** The JSON Schemas of a workflow by name, those with problems included. */
export interface LoadedSchemas {
  documents: ReadonlyMap<string, ManifestDocument>;
  schemas: ReadonlyMap<string, JsonObject>;
  problems: Problem[];
}

/** Reads and compiles `schemas/*.json`; a misspelt keyword or a `$ref` to nowhere is reported where it stands. */
export function loadSchemas(files: ReadonlyMap<string, SourceFile>): LoadedSchemas {
  const documents = new Map<string, ManifestDocument>();
  const problems: Problem[] = [];
  for (const [name, file] of files) {
    const read = readDocument(file);
    problems.push(...read.problems);
    if (read.document) documents.set(name, read.document);
  }
  if (documents.size === 0) return { documents, schemas: new Map(), problems };
  const found = findingsByName(documents, new Set(files.keys()));
  for (const [name, document] of documents) problems.push(...(found.get(name) ?? []).map((finding) => locate(document, finding)));
  return { documents, schemas: valuesOf(documents), problems };
}

function valuesOf(documents: ReadonlyMap<string, ManifestDocument>): Map<string, JsonObject> {
  const schemas = new Map<string, JsonObject>();
  for (const [name, { root }] of documents) if (isJsonObject(root.value)) schemas.set(name, root.value);
  return schemas;
}

function findingsByName(documents: ReadonlyMap<string, ManifestDocument>, names: ReadonlySet<string>): Map<string, Finding[]> {
  const schemas = valuesOf(documents);
  const set = createSchemaSet(schemas);
  const scope: SchemaScope = { names, documents, formats: set.formats };
  const findings = new Map<string, Finding[]>();
  for (const [name, { root }] of documents) {
    const own = subschemaFindings(root, [], { ...scope, root });
    findings.set(name, own.length > 0 ? own : metaFindings(set, root));
  }
  const sound = documents.size === names.size && [...findings.values()].every((list) => list.length === 0);
  if (!sound) return findings;
  for (const [name, schema] of schemas) {
    const result = set.compile(schema);
    if (!result.ok) findings.set(name, [invalid(`The schema cannot be compiled: ${result.reason}.`, [])]);
  }
  return findings;
}

/** What the meta-schema of 2020-12 says against a schema whose keywords are all known. */
function metaFindings(set: SchemaSet, root: Located): Finding[] {
  if (!isJsonObject(root.value)) return [];
  const first = new Map<string, Finding>();
  for (const { instancePath, message = 'is not valid', keyword, params } of set.errorsIn(root.value)) {
    if (first.has(instancePath) || combining.has(keyword)) continue;
    const path = instancePath.split('/').slice(1).map(unescaped);
    const allowed: string[] | undefined = keyword === 'enum' ? params.allowedValues : undefined;
    const value = nodeAt(root, path)?.value;
    first.set(instancePath, {
      ...invalid(`This is not a valid JSON Schema: it ${message}.`, path),
      expected: allowed && `one of ${allowed.join(', ')}`,
      nearest: allowed && typeof value === 'string' ? nearestName(value, allowed) : undefined,
    });
  }
  return [...first.values()];
}

/** Keywords of the meta-schema that only repeat what the errors below them say. */
const combining: ReadonlySet<string> = new Set(['anyOf', 'allOf', '$ref', 'if']);

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

interface SchemaScope {
  names: ReadonlySet<string>;
  documents: ReadonlyMap<string, ManifestDocument>;
  formats: readonly string[];
}

type WalkScope = SchemaScope & { root: Located };

/** Findings of a schema and everything below it. Deeper than 100 levels there is nothing: the reader refused it. */
function subschemaFindings(node: Located, path: Path, scope: WalkScope): Finding[] {
  const findings: Finding[] = [];
  for (const [keyword, { node: child }] of node.members ?? []) {
    const at = [...path, keyword];
    const kind = schemaKeywords.get(keyword);
    if (kind === undefined) findings.push(...unknownKeyword(keyword, at));
    else if (kind === 'schema') findings.push(...subschemaFindings(child, at, scope));
    else if (kind === 'list')
      findings.push(...(child.items ?? []).flatMap((item, index) => subschemaFindings(item, [...at, index], scope)));
    else if (kind === 'map') findings.push(...memberFindings(keyword, child, { path: at, scope }));
    else findings.push(...valueFindings(keyword, child.value, { path: at, scope }));
  }
  return findings;
}

function memberFindings(keyword: string, map: Located, { path, scope }: { path: Path; scope: WalkScope }): Finding[] {
  return [...(map.members ?? [])].flatMap(([name, { node }]) => {
    const at = [...path, name];
    const own = keyword === 'patternProperties' ? patternFindings(name, at, true) : [];
    return [...own, ...subschemaFindings(node, at, scope)];
  });
}

function unknownKeyword(keyword: string, path: Path): Finding[] {
  if (keyword.startsWith('x-')) return [];
  const message = `${keyword} is no keyword of JSON Schema 2020-12; keywords of your own begin with x-.`;
  return [{ code: 'manifest.schema_unknown_keyword', message, path, atKey: true, nearest: nearestName(keyword, schemaKeywords.keys()) }];
}

function valueFindings(keyword: string, value: unknown, { path, scope }: { path: Path; scope: WalkScope }): Finding[] {
  if (typeof value !== 'string') return [];
  if (keyword === '$ref' || keyword === '$dynamicRef') return refFindings(value, path, scope);
  if (keyword === '$schema') return dialectFindings(value, path);
  if (keyword === '$id' && path.length > 1) return [invalid('$id is allowed only at the root of a file.', path)];
  if (keyword === 'pattern') return patternFindings(value, path, false);
  if (keyword !== 'format' || scope.formats.includes(value)) return [];
  const message = `There is no format ${value}.`;
  const expected = scope.formats.join(', ');
  return [{ code: 'manifest.schema_unknown_format', message, path, expected, nearest: nearestName(value, scope.formats) }];
}

function dialectFindings(dialect: string, path: Path): Finding[] {
  if (isSchemaDialect(dialect)) return [];
  return [{ ...invalid(`${dialect} is not the dialect of the schemas of a workflow.`, path), expected: schemaDialect }];
}

function refFindings(ref: string, path: Path, { root, names, documents }: WalkScope): Finding[] {
  const [file = '', fragment = ''] = ref.split('#', 2);
  const expected = '#/$defs/name, or other.json under schemas/';
  if (/[:\\]|^\/|\.\.\//.test(file)) {
    const message = `${ref} leads out of schemas/; nothing is fetched.`;
    return [{ code: 'manifest.schema_remote_ref', message, path, expected }];
  }
  const name = file.replace(/^\.\//, '').replace(/\.json$/, '');
  if (file !== '' && (!names.has(name) || !file.endsWith('.json'))) {
    const near = nearestName(name, names);
    const message = `There is no schema file ${file} under schemas/.`;
    return [{ code: 'manifest.schema_unresolved_ref', message, path, expected, nearest: near && `${near}.json` }];
  }
  const target = file === '' ? root : documents.get(name)?.root;
  if (!target || !fragment.startsWith('/') || pointsSomewhere(target, fragment)) return [];
  return [{ code: 'manifest.schema_unresolved_ref', message: `${ref} leads nowhere.`, path, expected }];
}

function pointsSomewhere(root: Located, pointer: string): boolean {
  let node: Located | undefined = root;
  for (const step of pointer.split('/').slice(1)) {
    const key = unescaped(decoded(step));
    node = node?.members?.get(key)?.node ?? node?.items?.[Number(key)];
  }
  return node !== undefined;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function patternFindings(source: string, path: Path, atKey: boolean): Finding[] {
  const result = linearPattern(source);
  return result.ok ? [] : [{ ...invalid(`The pattern ${source} cannot be used: ${result.reason}.`, path), atKey }];
}

function invalid(message: string, path: Path): Finding {
  return { code: 'manifest.schema_invalid', message, path };
}
