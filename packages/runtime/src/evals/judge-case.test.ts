import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assertion, compileWorkflow } from '@espalier/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluatedRun } from './evaluated-run.ts';
import { endingOf } from './evaluated-run.ts';
import { judgeCase, prepareCase } from './judge-case.ts';
import { assertionLoader } from './prepare-assertion.ts';

const module = `
import assert from 'node:assert';
export const seen = (value, context) => ({ passed: value === 'A' && context.expected === 7 && context.exit === 'done', message: context.workspace });
export const right = () => true;
export const wrong = async () => false;
export const forgets = () => {};
export const asserts = (value) => { assert.equal(value, 'B', 'it is not B'); return true; };
export const meddles = (value, context) => { context.output.title = 'changed'; return true; };
export const half = () => 0.5;
export const scored = () => ({ score: 0.25, message: 'a quarter' });
export const none = () => NaN;
export const endless = () => new Promise(() => {});
`;

const workflow = `
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: done, kind: deterministic, role: exit }
edges: [{ from: begin, to: done }]
`;

const titled = '{ "type": "object", "properties": { "title": { "type": "string", "minLength": 2 } } }';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'espalier-assertions-'));
  await writeFile(join(directory, 'checks.mjs'), module);
});

afterAll(() => rm(directory, { recursive: true }));

const ended: EvaluatedRun = {
  run: 'run_1',
  input: null,
  output: { title: 'A', text: 'red green', list: [1] },
  outcome: 'success',
  ending: 'success',
  exit: 'done',
  reason: undefined,
  workspace: '/work',
};

async function judged(assertions: Assertion[], run: Partial<EvaluatedRun> = {}, signal = new AbortController().signal) {
  const compiled = compileWorkflow(
    [
      { path: 'workflow.yaml', text: workflow },
      { path: 'schemas/titled.json', text: titled },
    ],
    { folder: 'judged' },
  );
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return judgeCase(await prepareCase(assertions, assertionLoader(compiled.workflow, directory)), { ...ended, ...run }, signal);
}

const custom = (fn: string, more: object = {}): Assertion => ({ type: 'custom', module: `./checks.mjs#${fn}`, ...more });
const scored = (at_least: number, more: object): Assertion => ({ type: 'scored', at_least, ...more });

describe('assertions (ENG-E)', () => {
  it('of every declarative type pass, and say what they expected', async () => {
    const assertions: Assertion[] = [
      { type: 'equals', field_path: 'title', expected: 'A' },
      { type: 'contains', field_path: 'text', expected: 'green' },
      { type: 'status', expected: 'success', exit: 'done' },
      scored(0.6, { field_path: 'text', metric: 'word_overlap', expected: 'green red' }),
    ];
    expect(await judged(assertions)).toEqual([
      { type: 'equals', field_path: 'title', passed: true, expected: 'A' },
      { type: 'contains', field_path: 'text', passed: true, expected: 'green' },
      { type: 'status', passed: true, expected: 'success, exit done', actual: 'success, exit done' },
      { type: 'scored', field_path: 'text', passed: true, expected: 'green red', at_least: 0.6, score: 1 },
    ]);
  });

  it('fail with what was there, every one of them by itself', async () => {
    const assertions: Assertion[] = [
      { type: 'equals', field_path: 'title', expected: 'B' },
      { type: 'contains', field_path: 'nowhere.title', expected: 'B' },
      { type: 'schema_valid', schema: 'titled' },
      scored(0.9, { field_path: 'text', metric: 'word_overlap', expected: 'red' }),
      scored(0.9, { field_path: 'list', metric: 'word_overlap', expected: 'red' }),
    ];
    expect(await judged(assertions)).toMatchObject([
      { passed: false, expected: 'B', actual: 'A' },
      { passed: false, expected: 'B', message: 'The output has nothing there: "nowhere" is missing.' },
      { passed: false, expected: 'schema titled', message: expect.stringContaining('/title must NOT have fewer than 2 characters') },
      { passed: false, score: 2 / 3, at_least: 0.9, actual: 'red green' },
      { passed: false, actual: [1], message: 'word_overlap compares texts; this is none.' },
    ]);
  });

  it('a run that fails fails its case, unless an assertion foresees it', async () => {
    const failed = { ending: 'failure', outcome: 'failure', exit: 'missing', reason: 'no such file' } as const;
    expect(await judged([{ type: 'equals', field_path: 'title', expected: 'A' }], failed)).toMatchObject([
      { type: 'status', passed: false, expected: 'success or partial', actual: 'failure', message: 'no such file' },
      { passed: true },
    ]);
    const foreseen = await judged([{ type: 'status', expected: 'failure', exit: 'missing' }], failed);
    expect(foreseen).toMatchObject([{ passed: true }]);
    const elsewhere = await judged([{ type: 'status', expected: 'failure', exit: 'done' }], failed);
    expect(elsewhere).toMatchObject([
      { passed: false, expected: 'failure, exit done', actual: 'failure, exit missing', message: 'no such file' },
    ]);
  });

  it.each([
    ['completed', 'success', 'done', 'success'],
    ['completed', 'failure', undefined, 'blocked'],
    ['cancelled', undefined, undefined, 'cancelled'],
  ] as const)('S2 a run of status %s, outcome %s and exit %s is %s', (status, outcome, exit, ending) => {
    expect(endingOf({ status, outcome, exit })).toBe(ending);
  });

  it('a run without an exit is blocked, and has failed', async () => {
    const blocked = { ending: 'blocked', outcome: 'failure', exit: undefined } as const;
    const assertions: Assertion[] = ['blocked', 'failure', 'success'].map((expected) => ({ type: 'status', expected }) as Assertion);
    expect((await judged(assertions, blocked)).map(({ passed }) => passed)).toEqual([true, true, false]);
  });

  it('by functions of the workflow get the value and the run, and pass, fail or throw', async () => {
    const results = await judged([
      custom('seen', { field_path: 'title', expected: 7 }),
      custom('right'),
      custom('wrong'),
      custom('asserts', { field_path: 'title' }),
      custom('forgets'),
    ]);
    expect(results).toMatchObject([
      { passed: true, message: '/work' },
      { passed: true },
      { passed: false, actual: ended.output },
      { passed: false, actual: 'A', message: expect.stringContaining('it is not B') },
      { passed: false, message: 'The function returned nothing; expected true, false or { passed, message }.' },
    ]);
  });

  it('by functions that score compare the number with the least that passes', async () => {
    const of = (fn: string, at_least: number) => scored(at_least, { module: `./checks.mjs#${fn}` });
    expect(await judged([of('half', 0.5), of('half', 0.6), of('scored', 0), of('none', 0), of('right', 0)])).toMatchObject([
      { passed: true, score: 0.5 },
      { passed: false, score: 0.5, at_least: 0.6 },
      { passed: true, score: 0.25, message: 'a quarter' },
      { passed: false, message: 'The function returned NaN; expected a number or { score, message }.' },
      { passed: false, message: 'The function returned a boolean; expected a number or { score, message }.' },
    ]);
  });

  it('by functions that change what they get change nothing', async () => {
    const results = await judged([custom('meddles'), { type: 'equals', field_path: 'title', expected: 'A' }]);
    expect(results.map(({ passed }) => passed)).toEqual([true, true]);
  });

  it('keep no more than the beginning of what is very large', async () => {
    const [result] = await judged([{ type: 'equals', expected: 'small' }], { output: 'x'.repeat(100_000) });
    expect(String(result?.actual)).toHaveLength(4001);
  });

  it('are given up when their time is over, even by functions that never end', async () => {
    const limit = new AbortController();
    const judging = judged([custom('endless')], {}, limit.signal);
    setTimeout(() => limit.abort(new Error('over')), 10);
    await expect(judging).rejects.toThrow('over');
  });

  it('by functions that cannot be loaded are refused beforehand', async () => {
    await expect(judged([custom('nowhere')])).rejects.toMatchObject({ code: 'module.invalid' });
    await expect(judged([{ type: 'custom', module: './../checks.mjs#right' }])).rejects.toMatchObject({
      code: 'manifest.module_not_allowed',
    });
  });
});
