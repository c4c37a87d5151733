import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journalConformance } from './conformance.ts';
import { JsonlJournal } from './jsonl-journal.ts';
import { outputEvent, sampleEvents } from './sample-events.ts';

journalConformance('JsonlJournal', async () => {
  const root = await mkdtemp(join(tmpdir(), 'espalier-journal-'));
  const opened = [new JsonlJournal(join(root, 'state'))];
  const closeAll = () => Promise.all(opened.map((journal) => journal.close()));
  return {
    journal: opened[0] as JsonlJournal,
    reopen: async () => {
      await closeAll();
      const next = new JsonlJournal(join(root, 'state'));
      opened.push(next);
      return next;
    },
    close: async () => {
      await closeAll();
      await rm(root, { recursive: true });
    },
  };
});

let root: string;
let journal: JsonlJournal;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-journal-'));
  journal = new JsonlJournal(root);
});
afterEach(async () => {
  await journal.close();
  await rm(root, { recursive: true });
});

const file = (run = 'r1') => join(root, 'runs', run, 'journal.jsonl');

describe('the file', () => {
  it('holds one line per commit with the first sequence number (S6), payloads as canonical text (S5)', async () => {
    await journal.append('r1', 0, sampleEvents(1, 5));
    await journal.append('r1', 1, [Object.assign(outputEvent('é', 6), { seq: 99 })]);
    expect(await readFile(file(), 'utf8')).toBe(
      '{"seq":1,"events":[{"type":"node.started","payload":{"node":"node_0","task":"root"},"at":5}]}\n' +
        '{"seq":2,"events":[{"type":"node.completed","payload":{"node":"draft","outcome":"success","output":"é","task":"root"},"at":6}]}\n',
    );
  });

  it('leaves nothing beside the journal once it is closed', async () => {
    await journal.append('r1', 0, sampleEvents(1));
    expect((await readdir(join(root, 'runs', 'r1'))).sort()).toEqual(['journal.jsonl', 'writer.lock']);
    await journal.close();
    expect(await readdir(join(root, 'runs', 'r1'))).toEqual(['journal.jsonl']);
  });
});

describe('a torn tail', () => {
  it('is cut off at every byte at which the last commit can have been killed, and the journal goes on (S6, ENG-X7)', async () => {
    await journal.append('r1', 0, sampleEvents(2));
    await journal.append('r1', 2, sampleEvents(1));
    const before = (await readFile(file())).length;
    await journal.append('r1', 3, [outputEvent('äöü 👍'), outputEvent({ deep: ['}', '\n'] })]);
    await journal.close();
    const whole = await readFile(file());
    for (let length = before; length < whole.length; length += 1) {
      await writeFile(file(), whole.subarray(0, length));
      const reopened = new JsonlJournal(root);
      expect(await reopened.read('r1')).toHaveLength(3);
      await reopened.append('r1', 3, [outputEvent(length)]);
      expect((await reopened.read('r1', 3)).map((event) => event.payload)).toEqual([outputEvent(length).payload]);
      await reopened.close();
    }
  });

  it.each(['{"seq":3,"events":[{"type"\n', '\u0000\u0000\u0000\u0000\n', '\n', '\u0000'])(
    '%j is ignored by readers and removed by the next writer',
    async (tail) => {
      await journal.append('r1', 0, sampleEvents(2));
      await journal.close();
      await appendFile(file(), tail);
      expect(await journal.read('r1')).toHaveLength(2);
      expect((await readFile(file(), 'latin1')).endsWith(tail)).toBe(true);
      await journal.append('r1', 2, sampleEvents(1));
      expect((await journal.read('r1')).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    },
  );

  it('in the very first commit leaves a run that was never written', async () => {
    await journal.append('r1', 0, sampleEvents(1));
    await journal.close();
    await writeFile(file(), '{"seq":1,"eve');
    expect(await journal.read('r1')).toEqual([]);
    expect(await journal.runs()).toEqual([]);
    await journal.append('r1', 0, sampleEvents(1));
    expect(await journal.runs()).toEqual(['r1']);
  });
});

const good = '{"seq":1,"events":[{"type":"node.started","payload":{"task":"root","node":"a"},"at":1}]}\n';
const second = good.replace('"seq":1', '"seq":2');
const third = good.replace('"seq":1', '"seq":3');

describe('damage', () => {
  it.each([
    ['garbage in the middle', `${good}garbage\n${third}`, 2, /not a line of JSON/],
    ['an empty line in the middle', `${good}\n${second}`, 2, /not a line of JSON/],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from(good), Buffer.from([0x22, 0xff, 0x22, 0x0a]), Buffer.from(third)]),
      2,
      /not a line of JSON/,
    ],
    ['a gap', `${good}${third}`, 2, /event 2, found 3/],
    ['a repeated commit', `${good}${good}`, 2, /event 2, found 1/],
    ['a removed first commit', second, 1, /event 1, found 2/],
    ['a last line that is JSON but no commit', `${good}{"seq":2}\n`, 2, /not a commit/],
    ['a commit without events', `${good}{"seq":2,"events":[]}\n`, 2, /not a commit/],
    ['an unknown key', `${good}${second.replace('"at":1', '"at":1,"by":"me"')}`, 2, /not a commit/],
    ['an unknown type of event', `${good}${second.replace('node.started', 'node.vanished')}`, 2, /unknown type "node.vanished"/],
    ['a type named like a member of every object', `${good}${second.replace('node.started', 'constructor')}`, 2, /unknown type/],
    [
      'a payload that breaks its schema',
      `${second.replace('"seq":2', '"seq":1').replace('"node":"a"', '"node":7')}`,
      1,
      /node\.started.*\/node/,
    ],
  ])('%s is reported with its line', async (_what, content, line, reason) => {
    await journal.append('r1', 0, sampleEvents(1));
    await journal.close();
    await writeFile(file(), content);
    const failure = await journal.read('r1').catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'journal.corrupt', details: { file: 'runs/r1/journal.jsonl', line } });
    expect(String(failure)).toMatch(reason);
    expect(await journal.runs()).toEqual(['r1']);
  });

  it('in the middle stops a writer, which changes nothing and gives the lock back', async () => {
    await journal.append('r1', 0, sampleEvents(1));
    await journal.close();
    const content = `${good}garbage\n${third}`;
    await writeFile(file(), content);
    for (const _attempt of [1, 2])
      await expect(journal.append('r1', 3, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.corrupt' });
    expect(await readFile(file(), 'utf8')).toBe(content);
  });
});

describe('failures of storage', () => {
  it('name the path relative to the state directory', async () => {
    await writeFile(join(root, 'runs'), 'a file where the directory should be');
    const failure = await journal.append('r1', 0, sampleEvents(1)).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'storage.failed' });
    expect(String(failure)).toContain('open runs/r1/journal.jsonl');
    expect(String(failure)).not.toContain(root);
  });

  it.skipIf(process.platform === 'win32')('in the middle of a line leave all earlier commits and nothing else', async () => {
    const script = join(import.meta.dirname, 'fill-until-refused.fixture.ts');
    const shell = `trap '' XFSZ; ulimit -f 8; exec "$0" "$1" "$2"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', shell, process.execPath, script, root]);
    const { code, commits, smaller } = JSON.parse(stdout);
    expect(code).toBe('storage.failed');
    expect(commits).toBeGreaterThan(2);
    expect(smaller).toBe('fits');
    expect(await journal.read('r1')).toHaveLength(commits + 1);
    expect((await readFile(file(), 'utf8')).endsWith('\n')).toBe(true);
  });
});
