import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { canonicalJson, isJsonObject, type Json } from '../wire/json.ts';
import { compileWorkflow } from './compile-workflow.ts';
import { broken, soundSet, withFile } from './fixtures/sound-set.ts';
import { hashSet } from './hash-manifests.ts';
import { readDocument } from './read-document.ts';
import type { SourceFile, Workflow } from './workflow.ts';

function compiled(files: readonly SourceFile[]): Workflow {
  const result = compileWorkflow(files, { folder: 'folder' });
  if (!result.ok) throw new Error(result.problems.map((problem) => problem.message).join('\n'));
  return result.workflow;
}

function hashOf(file: SourceFile): string {
  const { document } = readDocument(file);
  if (!document) throw new Error(`${file.path} cannot be read`);
  return hashSet({ documents: new Map([['tools', document]]), modules: new Map() }).set;
}

/** The same value with the keys of every mapping in reverse. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, member]) => [key, reversed(member)]));
}

const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const { value: json } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', ':', '#', '"', '\\', '\n', '1') }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const mapping = fc.dictionary(key, json, { maxKeys: 5, noNullPrototype: true });

describe('the hash of a manifest (ENG-M3)', () => {
  it('is the same for YAML and JSON, any key order, comments and formatting', () => {
    fc.assert(
      fc.property(mapping, (value) => {
        const expected = hashOf({ path: 'tools.json', text: JSON.stringify(value) });
        // blockQuote off: the writer loses the space of ' \n' in a block scalar, which is no matter of ours.
        const texts = [
          { path: 'tools.json', text: JSON.stringify(reversed(value), null, 3) },
          { path: 'tools.yaml', text: `# a comment\n${stringify(value, { aliasDuplicateObjects: false, blockQuote: false })}` },
          {
            path: 'tools.yml',
            text: `${stringify(reversed(value), { indent: 4, aliasDuplicateObjects: false, blockQuote: false })}# the end\n`,
          },
        ];
        for (const file of texts) expect(hashOf(file)).toBe(expected);
      }),
    );
  });

  it('differs when the value differs', () => {
    fc.assert(
      fc.property(mapping, mapping, (left, right) => {
        const same = canonicalJson(left) === canonicalJson(right);
        const hashes = [left, right].map((value) => hashOf({ path: 'tools.json', text: JSON.stringify(value) }));
        expect(hashes[0] === hashes[1]).toBe(same);
      }),
    );
  });
});

describe('the hash of the whole set (ENG-M3, S17)', () => {
  it('does not depend on the order of the files', () => {
    const expected = compiled(soundSet).hash;
    fc.assert(
      fc.property(fc.shuffledSubarray([...soundSet], { minLength: soundSet.length }), (files) => {
        expect(compiled(files).hash).toBe(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('is the same when a manifest is rewritten as JSON', () => {
    const files = soundSet.map((file) => {
      if (!file.path.endsWith('.yaml')) return file;
      const value = readDocument(file).document?.root.value;
      return { path: file.path.replace('.yaml', '.json'), text: JSON.stringify(value) };
    });
    expect(compiled(files).hash).toBe(compiled(soundSet).hash);
  });

  it.each([
    ['a prompt', broken('agents.yaml', 'Write the document.', 'Write the document!')],
    ['a schema', broken('schemas/request.json', '"uuid"', '"date"')],
    ['a default written out', broken('tools.yaml', 'risk: low', 'risk: low\n    approval: never')],
    ['the white space of a module', withFile('handlers/count.ts', 'export const count = () =>  1;\n')],
    ['a module that nothing names', [...soundSet, { path: 'handlers/more.ts', text: '' }]],
    ['a manifest that goes', soundSet.filter((file) => file.path !== 'scheduler.yaml')],
  ])('changes with %s', (_name, files) => {
    expect(compiled(files).hash).not.toBe(compiled(soundSet).hash);
  });

  it('takes no part from files that belong to nobody', () => {
    expect(compiled([...soundSet, { path: 'README.md', text: '# Hello' }]).hash).toBe(compiled(soundSet).hash);
  });

  it('names every file that it covers', () => {
    const { hashes } = compiled(soundSet);
    expect(Object.keys(hashes).sort()).toEqual(soundSet.map((file) => file.path).sort());
    for (const hash of Object.values(hashes)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });
});
