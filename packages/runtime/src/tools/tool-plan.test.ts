import type { JsonObject } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import type { Tool } from '../ports/tool.ts';
import { createSchemaCompiler } from '../schema/compile-schema.ts';
import { createFilesystemTool } from './filesystem-tools.ts';
import { toolManifest } from './tool-call.fixture.ts';
import { checkToolPlan, maxPlannedCalls } from './tool-plan.ts';

const name: JsonObject = { type: 'string', maxLength: 10 };
const find: JsonObject = { type: 'object', properties: { name: { $ref: 'name.json' } }, required: ['name'] };
const compiler = createSchemaCompiler(
  new Map([
    ['name', name],
    ['find', find],
  ]),
);

const readFile = createFilesystemTool(toolManifest({ id: 'read_file', type: 'filesystem', entrypoint: 'builtin' }), {
  in: undefined,
  out: undefined,
});
const anything: Tool = {
  ...readFile,
  manifest: toolManifest({ id: 'anything', type: 'module', entrypoint: './x.ts#fn' }),
  schemaIn: undefined,
};
const finder: Tool = { ...anything, manifest: { ...anything.manifest, id: 'find' }, schemaIn: find };
const allowed = new Map([readFile, anything, finder].map((tool) => [tool.manifest.id, tool]));

const check = (plan: unknown) => checkToolPlan(plan, allowed, compiler);
const misuse = (plan: unknown) => {
  const checked = check(plan);
  return checked.ok ? [] : checked.misuse.map(({ code, message }) => `${code} ${message}`);
};

describe('tool plans (ENG-X4, S19)', () => {
  it('that are in order become calls, in their order', () => {
    const plan = [
      { tool: 'find', input: { name: 'oak' } },
      { tool: 'read_file', input: { path: 'a.md' } },
      { tool: 'anything', input: { at: ['all'] } },
    ];
    expect(check(plan)).toEqual({ ok: true, calls: plan.map(({ tool, input }) => ({ tool: allowed.get(tool), input })) });
    expect(check([])).toEqual({ ok: true, calls: [] });
  });

  it('report everything that is wrong at once, with its place', () => {
    const plan = [
      { tool: 'read_file', input: { file: 'a.md' } },
      { tool: 'delete_file', input: {} },
      { tool: 'anything', input: {} },
      { tool: 'find', input: { name: 'far too long a name' } },
    ];
    expect(misuse(plan)).toEqual([
      'tool.input_invalid /0/input/path: is required (tool read_file).',
      'tool.input_invalid /0/input/file: is not a known member (tool read_file).',
      'tool.unknown /1/tool: "delete_file" is not a tool of this node; it may use read_file, anything, find.',
      'tool.input_invalid /3/input/name: must NOT have more than 10 characters (tool find).',
    ]);
  });

  it.each([
    ['no list', { tool: 'find' }, /the plan/],
    ['nothing', undefined, /the plan/],
    ['a call without input', [{ tool: 'find' }], /\/0\/input: expected an object/],
    ['input that is a list', [{ tool: 'find', input: [] }], /\/0\/input: expected an object/],
    ['an extra member', [{ tool: 'find', input: {}, reason: 'because' }], /reason/],
    ['too many calls', Array.from({ length: maxPlannedCalls + 1 }, () => ({ tool: 'anything', input: {} })), /50/],
    ['text that cannot be stored', [{ tool: 'anything', input: { a: 'x\u0000' } }], /\/0\/input\/a: text contains a NUL/],
    ['a number that is none', [{ tool: 'anything', input: { a: Number.NaN } }], /\/0\/input\/a/],
    ['a tool named like a member of every object', [{ tool: 'constructor', input: {} }], /not a tool of this node/],
  ])('that are %s are refused', (_what, plan, message) => {
    expect(misuse(plan).join()).toMatch(message);
  });

  it('say so when the node may use no tools at all', () => {
    expect(checkToolPlan([{ tool: 'find', input: {} }], new Map(), compiler)).toMatchObject({
      misuse: [{ code: 'tool.unknown', message: expect.stringContaining('no tools') }],
    });
  });
});
