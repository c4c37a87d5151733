import type { Fault, Json, JsonObject, ToolManifest } from '@espalier/core';
import type { Permit } from '../gate/permit.ts';

/** What a tool call came to: an environmental error is an outcome, not an exception (ENG-X4). */
export type ToolResult =
  | { outcome: 'success' | 'partial'; output: Json; files?: readonly StoredFile[] }
  | { outcome: 'failure'; error: Fault };

/** A file that a tool wrote, to be indexed as an artifact. */
export interface StoredFile {
  /** Relative to the workspace, forward slashes. */
  path: string;
  content: Uint8Array;
  media_type: string;
}

export interface ToolContext {
  /** Absolute path of the directory that file tools are confined to. */
  workspace: string;
  signal: AbortSignal;
}

/** A tool ready to be called; made once per workflow from its manifest. */
export interface Tool {
  readonly manifest: ToolManifest;
  /** JSON Schema of the parameters: from the manifest, else the tool's own. */
  readonly schemaIn: JsonObject | undefined;
  readonly schemaOut: JsonObject | undefined;
  /** @param permit from the gate; a call without a valid one is refused (S20). */
  call(permit: Permit, input: Json, context: ToolContext): Promise<ToolResult>;
}
