import { EspalierError, type Json, type JsonObject, jsonFault, jsonPointer, type ToolManifest } from '@espalier/core';
import { z } from 'zod';
import { Permit } from '../gate/permit.ts';
import type { Tool, ToolResult } from '../ports/tool.ts';
import { boundedCall } from './bounded-call.ts';
import { filesystemSchemas } from './filesystem-schemas.ts';
import { mediaTypeOf } from './media-type.ts';
import type { Protection } from './protected-files.ts';
import { refused } from './workspace-error.ts';
import { readWorkspaceFile, writeWorkspaceFile } from './workspace-files.ts';
import { listWorkspaceFiles } from './workspace-listing.ts';
import type { Workspace } from './workspace-location.ts';
import { workspaceSegments } from './workspace-path.ts';

/** The schemas of a workflow that a tool's manifest names; undefined where it names none. */
export interface DeclaredSchemas {
  in: JsonObject | undefined;
  out: JsonObject | undefined;
}

type Operation = (workspace: Workspace, input: Json, signal: AbortSignal) => Promise<ToolResult>;
type OperationName = keyof typeof filesystemSchemas;

const operations: Readonly<Record<OperationName, Operation>> = { read_file: readFile, write_file: writeFile, list_files: listFiles };

/**
 * A tool of type filesystem: `read_file`, `write_file` or `list_files`, named by the entrypoint `builtin:<name>`, or by the tool's id
 * with the entrypoint `builtin`. It is confined to `permissions.root` inside the workspace (TOOL-3)
 * and keeps away from what is protected.
 * @throws EspalierError `module.invalid` for an unknown operation or a root that leaves the workspace.
 */
export function createFilesystemTool(manifest: ToolManifest, schemas: DeclaredSchemas, protection: Protection = {}): Tool {
  const name = operationName(manifest);
  const root = rootOf(manifest);
  const operation = operations[name];
  return {
    manifest,
    schemaIn: schemas.in ?? filesystemSchemas[name].in,
    schemaOut: schemas.out ?? filesystemSchemas[name].out,
    async call(permit, input, { workspace, signal }) {
      Permit.redeem(permit, 'tool', manifest.id);
      return boundedCall(manifest, signal, (bounded) => operation({ directory: workspace, root, protection }, input, bounded));
    },
  };
}

function operationName({ id, entrypoint }: ToolManifest): OperationName {
  const name = entrypoint === 'builtin' ? id : /^builtin:(.+)$/.exec(entrypoint)?.[1];
  if (name !== undefined && isOperation(name)) return name;
  const known = Object.keys(operations).join(', ');
  const expected = `expected builtin:<operation>, or builtin with an operation as the tool's id; the operations are ${known}`;
  throw new EspalierError('module.invalid', `Tool ${id} has the entrypoint ${JSON.stringify(entrypoint)}: ${expected}.`);
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

function rootOf({ id, permissions }: ToolManifest): string {
  const root = withoutTrailingSlash(permissions.root);
  try {
    return workspaceSegments(root).join('/') || '.';
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : '';
    throw new EspalierError('module.invalid', `Tool ${id}, permissions.root: ${reason}`, { cause: thrown });
  }
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

const readInput = z.strictObject({ path: z.string() });
const writeInput = z.strictObject({ path: z.string(), content: z.string(), mode: z.enum(['create', 'overwrite']).default('overwrite') });
const listInput = z.strictObject({ path: z.string().default('.'), recursive: z.boolean().default(false) });

async function readFile(workspace: Workspace, input: Json): Promise<ToolResult> {
  const { path } = parse(readInput, input);
  const bytes = await readWorkspaceFile(workspace, path);
  const content = textOf(bytes, path);
  return { outcome: 'success', output: { path: normal(path), content, size: bytes.length } };
}

async function writeFile(workspace: Workspace, input: Json, signal: AbortSignal): Promise<ToolResult> {
  const { path, content: text, mode } = parse(writeInput, input);
  const content = Buffer.from(text);
  const { created } = await writeWorkspaceFile(workspace, { path, content }, { mode, signal });
  const stored = { path: normal(`${workspace.root}/${path}`), content, media_type: mediaTypeOf(path) };
  return { outcome: 'success', output: { path: normal(path), size: content.length, created }, files: [stored] };
}

async function listFiles(workspace: Workspace, input: Json): Promise<ToolResult> {
  const { path, recursive } = parse(listInput, input);
  const { files, truncated } = await listWorkspaceFiles(workspace, withoutTrailingSlash(path), recursive);
  return { outcome: 'success', output: { files: files.map((file) => ({ ...file })), truncated } };
}

/** A manifest may declare a schema_in that lets more through than the operation understands. */
function parse<T>(schema: z.ZodType<T>, input: Json): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${jsonPointer(path) || 'the input'}: ${message}`);
  throw new EspalierError('tool.input_invalid', faults.join('; '));
}

function textOf(bytes: Uint8Array, path: string): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused(path, 'it is not text in UTF-8');
  }
  const fault = jsonFault(text);
  if (fault) throw new EspalierError('payload.invalid_text', `${JSON.stringify(path)}: ${fault.reason}.`);
  return text;
}

/** A path without its `.` segments. */
function normal(path: string): string {
  return workspaceSegments(path).join('/');
}
