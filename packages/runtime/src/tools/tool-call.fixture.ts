/* For tests: manifests with every default, and calls with a permit as the gate would issue it. */
import type { Json, ToolManifest } from '@espalier/core';
import { issuePermit } from '../gate/permit.ts';
import type { Tool, ToolResult } from '../ports/tool.ts';

/** A manifest as loading fills it in. */
export function toolManifest(manifest: Pick<ToolManifest, 'id' | 'type' | 'entrypoint'> & Partial<ToolManifest>): ToolManifest {
  const permissions = { root: '.', allow_network: false, allow_shell: false };
  return { risk: 'low', idempotent: true, approval: 'never', timeout: '10s', permissions, ...manifest };
}

/** Calls a tool once with a fresh permit. */
export function callTool(tool: Tool, input: Json, options: { workspace: string; signal?: AbortSignal }): Promise<ToolResult> {
  const permit = issuePermit({ kind: 'tool', target: tool.manifest.id, input });
  return tool.call(permit, input, { workspace: options.workspace, signal: options.signal ?? new AbortController().signal });
}
