import { describe, expect, it } from 'vitest';
import { compileWorkflow } from './compile-workflow.ts';
import { readConfidential } from './confidential.ts';
import { broken, soundSet } from './fixtures/sound-set.ts';
import type { Problem } from './problem.ts';
import type { SourceFile } from './workflow.ts';

/** Pieces of it would be a leak too. */
const pasted = 'sk-ant-api03-Zq8vXw';
const pieces = ['sk-ant', 'api03', 'Zq8vXw'];

const file = 'provider_credentials.yaml';
const environment = 'source: env, env_var: ANTHROPIC_API_KEY';

function problemsOf(files: SourceFile[]): Problem[] {
  const result = compileWorkflow(files, { folder: 'folder' });
  return result.ok ? [] : result.problems;
}

function expectNothingOf(problems: readonly unknown[]): void {
  expect(problems.length).toBeGreaterThan(0);
  const said = JSON.stringify(problems);
  for (const piece of pieces) expect(said).not.toContain(piece);
}

describe('ENG-C a key that was pasted into provider_credentials is refused and not repeated', () => {
  it.each([
    ['as the variable', environment, `source: env, env_var: ${pasted}`],
    ['as the variable, beside the right key', environment, `${environment}, api_key: ${pasted}`],
    ['as an unknown key', environment, `${environment}, ${pasted}: true`],
    ['as a key without a value', environment, `${environment}, ${pasted}`],
    ['as the source', environment, `source: ${pasted}`],
    ['as the type', 'type: api_key', `type: ${pasted}`],
    ['as the path of a file', environment, `source: file, file_path: ${pasted}`],
    ['as a list', environment, `source: file, file_path: [${pasted}]`],
    ['in place of auth', `{ type: api_key, ${environment} }`, pasted],
    ['as an unknown key of the entry', 'provider: anthropic', `provider: anthropic\n    api_key: ${pasted}`],
    ['as the provider', 'provider: anthropic', `provider: ${pasted}`],
    ['as the password of the address', 'default_model: claude-sonnet-4-5', `base_url: 'https://user:${pasted}@example.org'`],
    ['as a text that is not closed', environment, `source: env, env_var: "${pasted}`],
    ['behind a tag', environment, `source: env, env_var: !!${pasted} X`],
    ['as an anchor', environment, `source: env, env_var: &${pasted} X`],
    ['twice as a key', environment, `${pasted}: 1, ${pasted}: 2`],
    ['where YAML expects something else', 'provider: anthropic', `provider: anthropic\n  ] ${pasted}`],
    ['as a number', environment, 'source: env, env_var: 1e999'],
  ])('%s', (_, before, after) => {
    const problems = problemsOf(broken(file, before, after)).filter((problem) => problem.file === file);
    expectNothingOf(problems);
    expect(JSON.stringify(problems)).not.toContain('1e999');
  });

  it('in JSON too, with the place where it stands', () => {
    const others = soundSet.filter(({ path }) => path !== file);
    const text = `{\n  "provider_credentials": [${pasted}]\n}`;
    const problems = problemsOf([...others, { path: 'provider_credentials.json', text }]);
    expectNothingOf(problems);
    expect(problems).toEqual([expect.objectContaining({ code: 'manifest.syntax', line: 2, column: 28 })]);
  });

  it.each(['gsk_x7Ab', 'hf_QwErTy', 'AIzaSyB1'])('even where it could be a name in small letters, as %s', (key) => {
    const [problem] = problemsOf(broken(file, 'ANTHROPIC_API_KEY', key));
    expect(problem?.expected).toBe('the name of an environment variable in capitals, such as ANTHROPIC_API_KEY');
    expect(JSON.stringify(problem)).not.toContain(key);
  });

  it('and still says where, what was expected and what may have been meant', () => {
    expect(problemsOf(broken(file, 'env_var:', 'env_vra:'))).toContainEqual({
      code: 'manifest.unknown_key',
      message: 'A key that the manifest does not know. What the file says is not repeated: it may be a secret.',
      file,
      line: 4,
      column: 41,
      path: '/provider_credentials/0/auth',
      expected: 'one of type, source, env_var',
      nearest: 'env_var',
    });
  });

  it('and still names a key that is missing', () => {
    const [problem] = problemsOf(broken(file, ', env_var: ANTHROPIC_API_KEY', ''));
    expect(problem?.message).toBe('The key env_var is missing: expected text.');
  });

  it('and ids that appear twice are not repeated either', () => {
    const text = `provider_credentials:\n  - { id: "${pasted}!" }\n  - { id: "${pasted}!" }\n`;
    const files = soundSet.map((source) => (source.path === file ? { ...source, text } : source));
    const problems = problemsOf(files);
    expect(problems.map(({ code }) => code)).toContain('manifest.duplicate_id');
    expectNothingOf(problems);
  });

  it('leaves the other manifests’ messages as they are', () => {
    expect(problemsOf(broken('agents.yaml', 'prompt:', 'promt:'))).toContainEqual(
      expect.objectContaining({ path: '/agents/0/promt', message: expect.stringContaining('promt') }),
    );
  });
});

describe('ENG-C a file of secrets', () => {
  it('gives its mapping', () => {
    expect(readConfidential({ path: 'keys.yaml', text: 'a: { b: c }' })).toEqual({ value: { a: { b: 'c' } } });
    expect(readConfidential({ path: 'keys.json', text: '{ "a": "b" }' })).toEqual({ value: { a: 'b' } });
  });

  it.each([
    ['keys.json', `{ "a": ${pasted} }`],
    ['keys.json', `{ "${pasted}": 1, "${pasted}": 2 }`],
    ['keys.json', `"${pasted}"`],
    ['keys.yaml', pasted],
    ['keys.yaml', `a: "${pasted}`],
    ['keys.yaml', `a: ${pasted}\n  b: : ${pasted}`],
    ['keys.yaml', `a: &x ${pasted}\nb: *x`],
    ['keys.yaml', ''],
  ])('that is broken is refused without a word of it: %s %s', (path, text) => {
    const read = readConfidential({ path, text });
    expect(read).toHaveProperty('problem.line');
    expectNothingOf([read]);
  });
});
