import { describe, expect, it } from 'vitest';
import { credentialReport } from './credential-report.ts';
import { inFile, inVariable, key, keyPieces, temporaryPlace } from './credentials.fixture.ts';

describe('ENG-C the report on credentials', () => {
  it('says of each where its secret is looked for and whether it can be used', async () => {
    await using place = await temporaryPlace({ GOOD: key, BAD: `${key} ` });
    const [safe, open] = [await place.file('safe.txt', key), await place.file('open.txt', key, 0o644)];
    const report = await credentialReport(
      [inVariable('GOOD'), inVariable('BAD'), inVariable('NONE'), inFile('safe.txt'), inFile('open.txt')],
      place.sources,
    );
    const common = { id: 'main', provider: 'anthropic' };
    expect(report).toEqual([
      { ...common, source: 'env', name: 'GOOD', state: 'found' },
      { ...common, source: 'env', name: 'BAD', state: 'invalid', advice: expect.stringContaining('BAD holds a space') },
      { ...common, source: 'env', name: 'NONE', state: 'missing', advice: expect.stringContaining('NONE is not set') },
      { ...common, source: 'file', name: safe, state: 'found' },
      { ...common, source: 'file', name: open, state: 'unsafe', advice: expect.stringContaining(`chmod 600 ${open}`) },
    ]);
    for (const piece of keyPieces) expect(JSON.stringify(report)).not.toContain(piece);
  });

  it('is the same whatever the secret is', async () => {
    const reports: string[] = [];
    for (const value of ['a', key, 'x'.repeat(60_000)]) {
      await using place = await temporaryPlace({ KEY: value });
      reports.push(JSON.stringify(await credentialReport([inVariable('KEY')], place.sources)));
    }
    expect(new Set(reports).size).toBe(1);
  });

  it('says what could not be checked where files have no owner and mode', async () => {
    await using place = await temporaryPlace({ KEY: key });
    const path = await place.file('key.txt', key);
    const report = await credentialReport([inFile('key.txt'), inVariable('KEY')], { ...place.sources, user: undefined });
    expect(report).toEqual([
      expect.objectContaining({ state: 'found', advice: expect.stringContaining(`does not tell who may read ${path}`) }),
      expect.not.objectContaining({ advice: expect.anything() }),
    ]);
  });

  it('lets a defect through instead of calling it a state', async () => {
    await using place = await temporaryPlace();
    const variable = () => {
      throw new TypeError('a defect');
    };
    await expect(credentialReport([inVariable('KEY')], { ...place.sources, variable })).rejects.toThrow('a defect');
  });
});
