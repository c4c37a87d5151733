import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, ToolManifest } from '@espalier/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToolRegistry } from './registry.ts';
import { toolManifest } from './tool-call.fixture.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'espalier-registry-'));
  await writeFile(join(directory, 'x.ts'), 'export const fn = () => 1;');
});
afterEach(() => rm(directory, { recursive: true }));

const schema: JsonObject = { type: 'object' };
const registryOf = (...tools: ToolManifest[]) =>
  createToolRegistry({
    workflow: { tools: new Map(tools.map((tool) => [tool.id, tool])), schemas: new Map([['request', schema]]) },
    directory,
  });

describe('the tools of a workflow', () => {
  it('are made from their manifests with the schemas that these name', async () => {
    const registry = await registryOf(
      toolManifest({ id: 'read_file', type: 'filesystem', entrypoint: 'builtin' }),
      toolManifest({ id: 'x', type: 'module', entrypoint: './x.ts#fn', schema_in: 'request' }),
    );
    expect(registry.allowed(['read_file']).get('read_file')?.schemaIn).toMatchObject({ required: ['path'] });
    expect(registry.allowed(['x']).get('x')).toMatchObject({ schemaIn: schema, schemaOut: undefined });
    expect(registry.allowed(['nobody']).get('nobody')).toBeUndefined();
    expect([...registry.allowed(['x', 'nobody']).keys()]).toEqual(['x']);
  });

  it.each(['http', 'code', 'mcp'] as const)('of type %s are refused by name', async (type) => {
    await expect(registryOf(toolManifest({ id: 'fetch', type, entrypoint: 'builtin' }))).rejects.toMatchObject({
      code: 'module.invalid',
      message: expect.stringContaining(`Tool fetch has the type ${type}`),
    });
  });

  it('are refused before a run begins if their module cannot be loaded', async () => {
    const missing = toolManifest({ id: 'x', type: 'module', entrypoint: './missing.ts#fn' });
    await expect(registryOf(missing)).rejects.toMatchObject({ code: 'module.invalid' });
  });
});
