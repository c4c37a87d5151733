import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation, EvaluationStore } from '../ports/evaluation-store.ts';
import { FileEvaluations, MemoryEvaluations } from './evaluation-stores.ts';

const evaluation = (id: string, workflow = 'w'): Evaluation => ({
  ...{ evaluation: id, workflow, workflow_hash: 'h', hashes: {}, engine_version: '1', started_at: 1, duration_ms: 1, notices: [] },
  cases: [{ suite: 's', case: 'c', outcome: 'errored', models: [], duration_ms: 1, assertions: [] }],
});

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-evaluations-'));
});

afterEach(() => rm(root, { recursive: true }));

describe.each<[string, () => EvaluationStore]>([
  ['in files', () => new FileEvaluations(root)],
  ['in memory', () => new MemoryEvaluations()],
])('evaluations %s (ENG-E)', (_, open) => {
  it('are there as they were put, and listed newest last', async () => {
    const store = open();
    expect(await store.list({ limit: 5 })).toEqual([]);
    for (const one of [evaluation('eval_1'), evaluation('eval_2', 'v'), evaluation('eval_3')]) await store.put(one);
    expect(await store.get('eval_2')).toEqual(evaluation('eval_2', 'v'));
    expect(await store.get('eval_4')).toBeUndefined();
    const ids = async (query: object) => (await store.list({ limit: 5, ...query })).map((entry) => entry.evaluation);
    expect(await ids({})).toEqual(['eval_1', 'eval_2', 'eval_3']);
    expect(await ids({ limit: 2 })).toEqual(['eval_2', 'eval_3']);
    expect(await ids({ workflow: 'w', limit: 1 })).toEqual(['eval_3']);
    expect(await ids({ prefix: 'eval_2' })).toEqual(['eval_2']);
    expect(await store.list({ limit: 1 })).toMatchObject([{ passed: 0, failed: 0, errored: 1 }]);
  });
});

describe('evaluations in files (ENG-E)', () => {
  it.each(['{', '{}'])('that are damaged are named: %s', async (text) => {
    const store = new FileEvaluations(root);
    await store.put(evaluation('eval_1'));
    await writeFile(join(root, 'evaluations', 'eval_1.json'), text);
    const failure = { code: 'storage.failed', message: expect.stringContaining('evaluations/eval_1.json is damaged') };
    await expect(store.get('eval_1')).rejects.toMatchObject(failure);
    await expect(store.list({ limit: 1 })).rejects.toMatchObject(failure);
  });

  it('cannot be put where no directory can be made, and are not looked for outside of it', async () => {
    await writeFile(join(root, 'evaluations'), '');
    const store = new FileEvaluations(root);
    await expect(store.put(evaluation('eval_1'))).rejects.toMatchObject({ code: 'storage.failed' });
    await expect(store.list({ limit: 1 })).rejects.toMatchObject({ code: 'storage.failed' });
    await writeFile(join(root, 'outside.json'), '{');
    expect(await store.get('../outside')).toBeUndefined();
  });
});
