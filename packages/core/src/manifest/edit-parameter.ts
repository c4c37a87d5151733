import { type Document, isCollection, isSeq, parseDocument } from 'yaml';
import { EspalierError } from '../errors/espalier-error.ts';
import { isJsonObject, type Json } from '../wire/json.ts';
import { nearestName } from './nearest-name.ts';
import type { SourceFile } from './workflow.ts';

/** One parameter of a node or an agent, and what it is to be. */
export interface ParameterEdit {
  /** `nodes.<id>.with.<key>`, `nodes.<id>.timeout`, `agents.<id>.llm`, `agents.<id>.config.temperature`, … */
  path: string;
  value: Json;
}

/** What may differ in a fork: nothing on which the shape of the graph or the safety of a call depends. */
const editable = {
  nodes: { manifest: 'workflow', fields: ['with', 'timeout', 'context', 'budget'] },
  agents: { manifest: 'agents', fields: ['llm', 'prompt', 'config', 'context'] },
} as const;

/**
 * The files of a workflow with one parameter changed; whether they are still sound is for `compileWorkflow` to say.
 * @throws EspalierError `input.invalid` for a path that names no such parameter, with what was expected.
 */
export function editParameter(sources: readonly SourceFile[], { path, value }: ParameterEdit): SourceFile[] {
  const [list, id, field, ...rest] = path.split('.');
  if (list !== 'nodes' && list !== 'agents') throw invalidPath(path, 'it begins with nodes. or agents.');
  const { manifest, fields } = editable[list];
  if (field === undefined || !fields.some((known) => known === field)) throw invalidPath(path, `after the id comes ${fields.join(', ')}`);
  const file = sources.find((source) => new RegExp(`^${manifest}\\.(ya?ml|json)$`).test(source.path));
  if (!file) throw invalidPath(path, `the workflow has no ${list}`);
  const document = parseDocument(file.text);
  const index = indexOf(document.toJS(), { list, id: id ?? '', path });
  requireRoom(document, { at: [list, index, field, ...rest], path });
  // In a JSON file the text stays JSON: it is the flow style of YAML.
  document.setIn([list, index, field, ...rest], document.createNode(value, { flow: file.path.endsWith('.json') }));
  const text = file.path.endsWith('.json') ? JSON.stringify(document.toJS(), null, 2) : document.toString();
  return sources.map((source) => (source === file ? { ...source, text } : source));
}

function indexOf(content: unknown, { list, id, path }: { list: 'nodes' | 'agents'; id: string; path: string }): number {
  const entries = isJsonObject(content as Json) ? (content as Record<string, unknown>)[list] : undefined;
  const ids = Array.isArray(entries) ? entries.map((entry) => String((entry as { id?: unknown } | null)?.id)) : [];
  const index = ids.indexOf(id);
  if (index >= 0) return index;
  const nearest = nearestName(id, ids);
  throw invalidPath(path, `${list} has ${ids.join(', ') || 'nothing'}${nearest === undefined ? '' : `; did you mean ${nearest}`}`);
}

/** @throws EspalierError where the path goes on behind a text or a number. */
function requireRoom(document: Document, { at, path }: { at: readonly (string | number)[]; path: string }): void {
  for (let length = 3; length < at.length; length += 1) {
    const above = document.getIn(at.slice(0, length), true);
    const name = path.split('.').slice(0, length).join('.');
    if (above !== undefined && !isCollection(above)) throw invalidPath(path, `${name} has no fields`);
    if (isSeq(above) && !/^\d+$/.test(String(at[length]))) throw invalidPath(path, `${name} is a list, whose items are numbered from 0`);
  }
}

function invalidPath(path: string, expected: string): EspalierError {
  return new EspalierError('input.invalid', `${path} is no parameter that a fork can change: ${expected}.`, { details: { path } });
}
