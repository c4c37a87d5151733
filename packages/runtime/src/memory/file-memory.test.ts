import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryStoreConformance } from './conformance.ts';
import { FileMemory } from './file-memory.ts';
import { newMemory } from './sample-memory.ts';

memoryStoreConformance('FileMemory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'espalier-memory-'));
  const open = () => new FileMemory(join(root, 'state'), Date.now);
  return { memory: open(), reopen: async () => open(), close: () => rm(root, { recursive: true }) };
});

describe('memory in files', () => {
  let root: string;
  let memory: FileMemory;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'espalier-memory-'));
    memory = new FileMemory(root, Date.now);
  });
  afterEach(() => rm(root, { recursive: true }));

  const everywhere = { store: 'global', project: '' } as const;
  const path = () => join(root, 'memory/global.jsonl');
  const write = (id: string, maxItems = 1000) => memory.write(everywhere, newMemory(id), { maxItems });
  const ids = async () => (await memory.read(everywhere, { limit: 10_000 })).map(({ id }) => id);

  it('ENG-S is one JSONL file per store, and leaves no lock behind', async () => {
    await write('a');
    await memory.write({ store: 'project', project: 'shop' }, newMemory('b'), { maxItems: 1 });
    expect((await readdir(join(root, 'memory'), { recursive: true })).sort()).toEqual(['global.jsonl', 'project', 'project/shop.jsonl']);
    const lines = (await readFile(path(), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ entry: { id: 'a', seq: 1, value: 'text of a' }, keep: 1000 }]);
  });

  it.each(['{"entry":{"id":"torn"', '{"entry":{"id":"torn"\n'])(
    'ENG-S a torn tail is not read, and is cut off by the next write (%#)',
    async (tail) => {
      await write('a');
      await appendFile(path(), tail);
      expect(await ids()).toEqual(['a']);
      await write('b');
      expect(await ids()).toEqual(['b', 'a']);
      expect(await readFile(path(), 'utf8')).not.toContain('torn');
    },
  );

  it('damage before the end is reported with its line, and nothing is written over it', async () => {
    await write('a');
    const whole = await readFile(path(), 'utf8');
    await writeFile(path(), `{}\n${whole}`);
    const damaged = { code: 'storage.failed', message: expect.stringContaining('memory/global.jsonl, line 1') };
    await expect(memory.read(everywhere, { limit: 1 })).rejects.toMatchObject(damaged);
    await expect(write('b')).rejects.toMatchObject(damaged);
    expect(await readFile(path(), 'utf8')).toBe(`{}\n${whole}`);
    expect(await readdir(join(root, 'memory'))).toEqual(['global.jsonl']);
  });

  it('ENG-S a file with retention does not grow for ever', async () => {
    let most = 0;
    for (let index = 0; index < 50; index += 1) {
      await write(`e${index}`, 5);
      most = Math.max(most, (await readFile(path(), 'utf8')).trimEnd().split('\n').length);
    }
    expect(most).toBeLessThanOrEqual(10);
    expect(await ids()).toEqual(['e49', 'e48', 'e47', 'e46', 'e45']);
  });

  it('ENG-S what several processes wrote is all there, although one was killed in the midst of it', { timeout: 60_000 }, async () => {
    const fixture = join(import.meta.dirname, 'write-memory.fixture.ts');
    const said: string[] = [];
    const start = (name: string) => {
      const child = spawn(process.execPath, [fixture, root, name, '25'], { stdio: ['ignore', 'pipe', 'inherit'] });
      createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
      return { child, ended: new Promise((resolve) => child.on('close', resolve)) };
    };
    const [killed, other] = [start('k'), start('o')];
    while (!said.includes('k5')) await new Promise((resolve) => setTimeout(resolve, 5));
    killed.child.kill('SIGKILL');
    await Promise.all([killed.ended, other.ended]);
    await write('last');
    const found = await ids();
    expect(said.length).toBeGreaterThan(25);
    expect(found).toEqual(expect.arrayContaining(said));
    expect(found.length - 1 - said.length).toBeLessThanOrEqual(1); // at most the one that it was killed over
    expect(new Set(found).size).toBe(found.length);
  });
});
