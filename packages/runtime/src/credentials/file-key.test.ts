import { inspect } from 'node:util';
import { EspalierError, faultOf } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { key, keyPieces } from './credentials.fixture.ts';
import { textAtKey } from './file-key.ts';

const at = (name: string, text: string, fileKey: string) =>
  textAtKey(text, fileKey, { id: 'main', provider: 'anthropic', source: 'file', name });

function refusal(name: string, text: string, fileKey: string): EspalierError {
  try {
    at(name, text, fileKey);
  } catch (thrown) {
    if (!(thrown instanceof EspalierError)) throw thrown;
    const said = inspect(thrown, { depth: 20, showHidden: true }) + JSON.stringify(faultOf(thrown));
    for (const piece of keyPieces) expect(said).not.toContain(piece);
    expect(thrown.code).toBe('credential.invalid');
    return thrown;
  }
  throw new Error('not refused');
}

describe('ENG-C the key inside a file', () => {
  it.each([
    ['/k.json', `{ "anthropic": "${key}" }`, 'anthropic'],
    ['/k.json', `{ "providers": { "anthropic": { "key": "${key}" } } }`, 'providers.anthropic.key'],
    ['/k.yaml', `anthropic: ${key}\n`, 'anthropic'],
    ['/k.yml', `providers:\n  anthropic: ${key}\n`, 'providers.anthropic'],
    ['/run/secrets/keys', `anthropic: ${key}\n`, 'anthropic'],
    ['/run/secrets/keys', `{ "anthropic": "${key}" }`, 'anthropic'],
    ['/k.yaml', `a.b: ${key}\na: { b: other }\n`, 'a.b'],
    ['/k.yaml', `"1": x\nk: ${key}`, 'k'],
  ])('is found in %s (%s)', (name, text, fileKey) => {
    expect(at(name, text, fileKey)).toBe(key);
  });

  it('that is not there is answered with the names that are, where the search ended', () => {
    const text = `providers: { anthropic: ${key}, openai: ${key} }\nother: ${key}`;
    expect(refusal('/k.yaml', text, 'antropic').message).toMatch(/There: providers, other\.$/);
    expect(refusal('/k.yaml', text, 'providers.antropic').message).toMatch(/There: anthropic, openai\.$/);
    expect(refusal('/k.yaml', text, 'other.key').message).toMatch(/No key that can be named is there\.$/);
  });

  it('is not found in what every object inherits', () => {
    for (const fileKey of ['constructor', 'toString', 'a.constructor', '__proto__']) refusal('/k.json', '{ "a": {} }', fileKey);
  });

  it('is answered with ten names at most, and with none that may be a secret', () => {
    const many = Array.from({ length: 13 }, (_, index) => `k${index}: x`).join('\n');
    expect(refusal('/k.yaml', many, 'none').message).toMatch(/There: k0, .*, k9 and 3 more\.$/);
    const secretAsKey = `{ "${key}-${'x'.repeat(40)}": 1, "a ${key}": 1, "name": 1 }`;
    expect(refusal('/k.json', secretAsKey, 'none').message).toMatch(/There: name and 2 more\.$/);
  });

  it.each([
    ['12345', 'a number'],
    ['true', 'a boolean'],
    ['null', 'nothing'],
    [`[${key}]`, 'a list'],
    [`{ a: ${key} }`, 'a mapping'],
  ])('must hold text, and not %s', (value, kind) => {
    expect(refusal('/k.yaml', `k: ${value}`, 'k').message).toContain(`holds ${kind} at its file_key: expected text`);
  });

  it('in a file that is broken is refused with the place and without a word of it', () => {
    expect(refusal('/k.json', `{\n  "k": ${key}\n}`, 'k').message).toContain('/k.json:2:8 cannot be read by key.');
    expect(refusal('/k.yaml', `k: "${key}\n`, 'k').message).toContain('/k.yaml:');
    expect(refusal('/k.yaml', `k: ${key}\nk: ${key}\n`, 'k').message).toContain('/k.yaml:2:1 ');
    expect(refusal('/k.yaml', key, 'k').message).toContain('/k.yaml:1:1 ');
    expect(refusal('/k.json', '', 'k').message).toContain('/k.json:1:1 ');
  });

  it('in a YAML bomb is refused without unfolding it', () => {
    const levels = Array.from({ length: 30 }, (_, index) => `l${index + 1}: &l${index + 1} [${Array(9).fill(`*l${index}`).join(', ')}]`);
    const began = performance.now();
    expect(refusal('/k.yaml', `l0: &l0 ${key}\n${levels.join('\n')}`, 'l30').message).toContain('anchors and aliases are refused');
    expect(refusal('/k.yaml', '['.repeat(60_000), 'k').message).toContain('nested');
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
