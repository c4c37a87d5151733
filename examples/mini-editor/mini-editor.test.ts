import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@espalier/core';
import { openPlatform, type Platform } from '@espalier/platform';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let root: string;
let platform: Platform;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-mini-editor-'));
  platform = await openPlatform({ stateDirectory: join(root, 'state'), workspace: join(root, 'workspace') });
});

afterEach(async () => {
  await platform.close();
  await rm(root, { recursive: true });
});

async function run(input: Json) {
  const opened = await platform.open(import.meta.dirname);
  const handle = await opened.run({ input });
  const result = await handle.ended;
  expect(await platform.verify(handle.run, { recompute: true })).toMatchObject({ ok: true, recomputation: { differences: [] } });
  return { result, report: await platform.inspect(handle.run) };
}

const written = (name: string) => readFile(join(root, 'workspace', name), 'utf8');

describe('the mini-editor', () => {
  it('ENG-EX drafts a Markdown file and returns a structured summary of it', async () => {
    const { result, report } = await run('Draft a proposal about a shared workshop and evening classes for the town council');
    expect(result).toMatchObject({ status: 'completed', outcome: 'success', exit: 'done' });
    const [file] = await readdir(join(root, 'workspace'));
    const text = await written(file as string);
    expect(text).toMatch(/^# .*workshop/im);
    const headings = text.split('\n').flatMap((line) => (line.startsWith('## ') ? [line.slice(3)] : []));
    expect(result.output).toMatchObject({ title: text.split('\n')[0]?.slice(2), sections: headings, tone: expect.any(String) });
    expect(report.artifacts.filter((artifact) => artifact.type === 'file')).toMatchObject([{ name: file, size: Buffer.byteLength(text) }]);
  });

  it('ENG-EX edits the file that an instruction names, and leaves the rest of it alone', async () => {
    await run('Draft a plan about a harvest supper');
    const [file] = (await readdir(join(root, 'workspace'))) as [string];
    const before = await written(file);
    const { result } = await run(`Change the title of ${file} to "Supper in October"`);
    expect(result).toMatchObject({ outcome: 'success', output: { title: 'Supper in October' } });
    expect((await written(file)).split('\n').slice(1)).toEqual(before.split('\n').slice(1));
  });

  it('ENG-EX says that a file to edit is not there, and writes nothing', async () => {
    const { result } = await run('Shorten nowhere.md');
    expect(result).toMatchObject({ outcome: 'failure', exit: 'missing' });
    expect(await readdir(join(root, 'workspace'))).toEqual([]);
  });

  it('S16 gives the same journal for the same instruction in an equal workspace, apart from ids and times', async () => {
    const journals: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      const { report } = await run('Write meeting notes about the new kiln');
      const bare = report.events.map(({ seq, type, payload }) => ({ seq, type, payload }));
      journals.push(
        JSON.stringify(bare)
          .replaceAll(report.run, 'run')
          .replaceAll(/task_[0-9a-z]{18}/g, 'task'),
      );
      await rm(join(root, 'workspace'), { recursive: true });
    }
    expect(journals[1]).toBe(journals[0]);
  });

  it('QA-8 makes a document about whatever it is asked for', async () => {
    const word = fc.stringMatching(/^[a-z]{4,9}$/);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(word, { minLength: 2, maxLength: 3 }), async (words) => {
        const { result } = await run(`Draft a note about ${words.join(' and ')}`);
        expect(result.outcome).toBe('success');
        const path = (result.output as { path?: string }).path ?? '';
        const text = (await written(path)).toLowerCase();
        for (const one of words) expect(text).toContain(one);
      }),
      { numRuns: 8, seed: 7 },
    );
  });
});
