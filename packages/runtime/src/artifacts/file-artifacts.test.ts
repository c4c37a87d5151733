import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactsConformance } from './conformance.ts';
import { FileArtifacts } from './file-artifacts.ts';

artifactsConformance('FileArtifacts', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-artifacts-'));
  return { artifacts: new FileArtifacts(join(directory, 'state')), close: () => rm(directory, { recursive: true }) };
});

describe('artifact files (ENG-A)', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'espalier-artifacts-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const content = Buffer.from('the content');
  const pathOf = (hash: string) => join(root, 'artifacts', hash.slice(0, 2), hash.slice(2));

  it('survive a restart, one file for each content', async () => {
    const hash = await new FileArtifacts(root).put(content);
    await new FileArtifacts(root).put(content);
    expect(await readdir(join(root, 'artifacts', hash.slice(0, 2)))).toEqual([hash.slice(2)]);
    expect(await new FileArtifacts(root).get(hash)).toEqual(content);
  });

  it('that were damaged are refused when read, and repaired when stored again', async () => {
    const artifacts = new FileArtifacts(root);
    const hash = await artifacts.put(content);
    await writeFile(pathOf(hash), 'other words');
    await expect(artifacts.get(hash)).rejects.toMatchObject({ code: 'storage.failed' });
    await artifacts.put(content);
    expect(await artifacts.get(hash)).toEqual(content);
  });

  it('that cannot be written are reported relative to the state directory', async () => {
    await writeFile(join(root, 'artifacts'), 'a file where the directory should be');
    const failure = await new FileArtifacts(root).put(content).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'storage.failed' });
    expect(String(failure)).toMatch(/write artifacts\/[0-9a-f]{2}\//);
    expect(String(failure)).not.toContain(root);
  });
});
