import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { editorSchemas } from './editor-schemas.ts';
import { brokenNeighbours } from './fixtures/broken-neighbours.ts';
import { brokenWorkflows } from './fixtures/broken-workflows.ts';
import { broken, soundSet } from './fixtures/sound-set.ts';
import { manifestKinds, manifestNames } from './manifest-kinds.ts';
import { readDocument } from './read-document.ts';

const schemas = editorSchemas();

function validatorOf(name: keyof typeof schemas) {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(schemas[name]);
}

function readValue(files: readonly { path: string; text: string }[], path: string) {
  const file = files.find((candidate) => candidate.path === path);
  return file && readDocument(file).document?.root.value;
}

const shapeCodes = ['manifest.unknown_key', 'manifest.missing_key', 'manifest.wrong_type', 'manifest.invalid_value'];
const misshapen = [...brokenWorkflows, ...brokenNeighbours].filter(([, file, , , problems]) => {
  return !file.startsWith('schemas/') && problems.some((problem) => shapeCodes.some((code) => problem.startsWith(code)));
});

describe('the published JSON Schemas (ENG-M2)', () => {
  it.each(manifestNames)('%s.schema.json in the repository is the generated one', async (name) => {
    const file = new URL(`../../../../schemas/${name}.schema.json`, import.meta.url);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(schemas[name]);
  });

  it.each(manifestNames)('%s knows every key of the manifest, says what it is and refuses others', (name) => {
    const { shape } = manifestKinds[name].schema;
    expect(shape).toBeInstanceOf(Object);
    expect(Object.keys(schemas[name].properties ?? {})).toEqual(Object.keys(shape));
    expect(schemas[name]).toMatchObject({ additionalProperties: false, title: `Espalier ${name}`, description: expect.any(String) });
  });

  it.each(manifestNames)('%s accepts the sound manifest', (name) => {
    const validate = validatorOf(name);
    validate(readValue(soundSet, `${name}.yaml`));
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each(misshapen)('an editor refuses what the engine refuses: %s', (_name, path, before, after) => {
    const name = manifestNames.find((candidate) => path === `${candidate}.yaml`) ?? 'workflow';
    expect(validatorOf(name)(readValue(broken(path, before, after), path))).toBe(false);
  });

  it('every manifest but workflow may be empty', () => {
    const optional = manifestNames.filter((name) => z.safeParse(manifestKinds[name].schema, {}).success);
    expect(optional).toEqual(manifestNames.filter((name) => name !== 'workflow'));
  });
});
