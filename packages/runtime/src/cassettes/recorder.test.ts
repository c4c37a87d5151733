import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { openCassette } from './open-cassette.ts';
import { Recorder } from './recorder.ts';
import { recordProvider } from './recording.ts';
import { replayProvider } from './replaying.ts';
import { answer, generate, question, startWire, temporaryRecording } from './wire.fixture.ts';

const none = () => [];
const success = (output: number) => ({ response: { outcome: 'success', output } });

describe('COG-7 a recording', () => {
  it('is a draft until it is closed, then one file for its owner alone, and replaces a cassette', async () => {
    await using recording = await temporaryRecording();
    await recording.recorder.begin('tool', 't', 1)(success(1));
    expect((await openCassette(recording.recorder.draft, none)).tools.all()).toHaveLength(1);
    await expect(recording.content()).rejects.toMatchObject({ code: 'ENOENT' });
    await recording.recorder.close();
    const first = await recording.content();
    const second = await recording.start();
    expect(await recording.content()).toBe(first);
    await Promise.all([second.close(), second.close()]);
    expect((await stat(recording.path)).mode & 0o777).toBe(0o600);
    expect(await readdir(recording.directory)).toEqual(['run.jsonl']);
    expect((await recording.content()).split('\n')).toHaveLength(2);
    const keys = [first, await recording.content()].map((content) => JSON.parse(content.split('\n', 1)[0] ?? '').scrub_key);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('has one line per call with the request in canonical form, beginning with the header', async () => {
    await using recording = await temporaryRecording();
    await recording.recorder.begin('tool', 't', { b: undefined, z: 1, a: [] })(success(7));
    await recording.recorder.close();
    const [header, call] = (await recording.content()).split('\n');
    expect(header).toMatch(
      /^\{"cassette":1,"espalier":"1\.2\.3","recorded_at":"2026-11-30T00:00:00\.000Z","workflow":"shop","scrub_key":"[\da-f]{32}"\}$/,
    );
    expect(call).toMatch(
      /^\{"kind":"tool","target":"t","hash":"[\da-f]{64}","occurrence":1,"request":\{"a":\[\],"z":1\},"response":\{"outcome":"success","output":7\}\}$/,
    );
  });

  it('takes in what ended before it was closed, and nothing after', async () => {
    await using recording = await temporaryRecording();
    const ends = [1, 2, 3].map((input) => recording.recorder.begin('tool', 't', input));
    const written = [ends[1]?.(success(2)), ends[0]?.(success(1))];
    const closed = recording.recorder.close();
    await ends[2]?.(success(3));
    await Promise.all([...written, closed]);
    expect((await openCassette(recording.path, none)).tools.all().map(({ request }) => request)).toEqual([2, 1]);
  });

  it('makes the directory that it is to stand in', async () => {
    await using recording = await temporaryRecording();
    await recording.recorder.close();
    const [recorder, path] = await startIn(recording.directory, 'new/deep/run.jsonl');
    await recorder.close();
    expect((await openCassette(path, none)).header.cassette).toBe(1);
  });

  it.each([
    ['notes', 'My notes\n', 'line 1: not a line of JSON'],
    ['other JSON', '{"name":"x"}\n', 'line 1: expected the header of a cassette'],
    ['an empty file', '', 'line 1: not a line of JSON'],
    ['a later version', '{"cassette":2}\n', 'expected a cassette of version 1, found 2'],
  ])('never overwrites %s', async (_, content, reason) => {
    await using recording = await temporaryRecording();
    await writeFile(recording.path, content);
    const refused = { code: 'cassette.invalid', message: expect.stringContaining(reason) };
    await expect(recording.start()).rejects.toMatchObject(refused);
    // Nor what came there while it was recording.
    await expect(recording.recorder.close()).rejects.toMatchObject(refused);
    expect(await recording.content()).toBe(content);
    expect((await openCassette(recording.recorder.draft, none)).header.cassette).toBe(1);
  });

  it('refuses a directory, and a place below a file', async () => {
    await using recording = await temporaryRecording();
    await mkdir(recording.path);
    await expect(recording.start()).rejects.toMatchObject({ code: 'cassette.invalid' });
    await writeFile(join(recording.directory, 'file'), '');
    await expect(startIn(recording.directory, 'file/run.jsonl')).rejects.toMatchObject({ code: 'storage.failed' });
    await expect(recording.recorder.close()).rejects.toMatchObject({ code: 'cassette.invalid' });
  });

  it('that cannot go on disturbs no call, and says why when it is closed', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    const provider = recordProvider(wire.provider, recording.recorder);
    const unlike = { ...answer('odd'), usage: { input_tokens: -1, output_tokens: 0 } };
    wire.script.push({ response: answer('good') }, { response: unlike }, { response: answer('later') });
    for (const content of ['a', 'b', 'c']) await generate(provider, question(content));
    await expect(recording.recorder.close()).rejects.toMatchObject({
      code: 'storage.failed',
      message: expect.stringMatching(
        /ended before its run did; the calls up to then are in .*\.draft\. Reason: .*line 3: .* at \/response\/usage\/input_tokens/,
      ),
    });
    await expect(recording.content()).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await openCassette(recording.recorder.draft, none)).models.all()).toHaveLength(1);
  });

  it('does not fall over requests without end', async () => {
    await using recording = await temporaryRecording();
    const endless: { self?: unknown } = {};
    endless.self = endless;
    await recording.recorder.begin('tool', 't', endless)(success(1));
    await expect(recording.recorder.close()).rejects.toMatchObject({ code: 'storage.failed' });
  });

  it('that was killed leaves a cassette with the calls so far', async () => {
    await using recording = await temporaryRecording();
    const fixture = join(import.meta.dirname, 'record-until-killed.fixture.ts');
    const path = join(recording.directory, 'killed.jsonl');
    const child = spawn(process.execPath, [fixture, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const said: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
    const ended = once(child, 'close');
    while (said.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);

    const draft = (await readdir(recording.directory)).find((name) => name.startsWith('killed.jsonl.') && name.endsWith('.draft'));
    const cassette = await openCassette(join(recording.directory, draft ?? ''), none);
    const recorded = cassette.models.all().length;
    expect(recorded - said.length).toBeGreaterThanOrEqual(0);
    expect(recorded - said.length).toBeLessThanOrEqual(1); // at most the one that it was killed over
    const content = `Question ${said.length - 1}. ${'The ferry sails at nine. '.repeat(1000)}`;
    const replayed = await generate(replayProvider('offline', cassette), { ...question(content), model: 'text' });
    expect(replayed.text.length).toBeGreaterThan(0);
  });
});

async function startIn(directory: string, name: string) {
  const path = join(directory, name);
  return [await Recorder.start(path, { espalier: 'x', secrets: none, now: Date.now }), path] as const;
}

describe('COG-7 a file that is no cassette', () => {
  const lines = async () => {
    await using recording = await temporaryRecording();
    await recording.recorder.begin('model', 'w/m', question('a'))({ response: answer('x') });
    await recording.recorder.begin('tool', 't', 1)(success(1));
    await recording.recorder.close();
    return (await recording.content()).trimEnd().split('\n');
  };
  const opened = async (content: string | Uint8Array) => {
    await using recording = await temporaryRecording();
    await writeFile(recording.path, content);
    return await openCassette(recording.path, none);
  };

  it.each([
    ['a line that is not JSON', (all: string[]) => [all[0], '{"kind":', all[2]], /run\.jsonl, line 2: not a line of JSON\.$/],
    ['an empty line', (all: string[]) => [all[0], all[1], '', all[2]], /line 3: not a line of JSON/],
    ['no header', (all: string[]) => all.slice(1), /line 1: expected the header of a cassette/],
    ['a later version', (all: string[]) => ['{"cassette":2}', ...all.slice(1)], /line 1: expected a cassette of version 1, found 2/],
    ['a header without a key', (all: string[]) => [all[0]?.replace(/,"scrub_key":"[^"]*"/, ''), all[1]], /line 1: .* at \/scrub_key/],
    ['an unknown kind', (all: string[]) => [all[0], all[1]?.replace('"model"', '"child"')], /line 2: .* at \/kind/],
    ['an unknown field', (all: string[]) => [all[0], all[1]?.replace('{', '{"extra":1,')], /line 2: .*extra/],
    ['no answer', (all: string[]) => [all[0], all[2]?.replace(/,"response":.*/, '}')], /line 2: .* at \/response/],
    ['two answers', (all: string[]) => [all[0], all[2]?.replace('"response"', '"failure":{},"response"')], /line 2: /],
    ['an unknown outcome', (all: string[]) => [all[0], all[2]?.replace('success', 'won')], /line 2: .* at \/response\/outcome/],
    [
      'a request that was changed',
      (all: string[]) => [all[0], all[1]?.replace('"a"', '"b"')],
      /line 2: the hash is not that of the request/,
    ],
    ['one occurrence twice', (all: string[]) => [all[0], all[1], all[2], all[2]], /line 4: occurrence 1 of this request is there twice/],
    [
      'a request that is too deep',
      (all: string[]) => [all[0], all[2]?.replace('"request":1', `"request":${'['.repeat(50_000)}${']'.repeat(50_000)}`)],
      /line 2: the request is nested too deeply/,
    ],
  ])('%s is refused with the number of the line', async (_, change, message) => {
    const broken = change(await lines());
    await expect(opened(`${broken.join('\n')}\n`)).rejects.toMatchObject({
      code: 'cassette.invalid',
      message: expect.stringMatching(message),
    });
  });

  it('an empty or missing file, and bytes that are no text, are refused', async () => {
    await expect(opened('')).rejects.toMatchObject({ code: 'cassette.invalid' });
    await expect(opened(Buffer.from([0xff, 0xfe, 0x0a]))).rejects.toMatchObject({ code: 'cassette.invalid' });
    await expect(openCassette('/nowhere/run.jsonl', none)).rejects.toMatchObject({ code: 'cassette.invalid' });
    await expect(openCassette(import.meta.dirname, none)).rejects.toMatchObject({ code: 'storage.failed' });
  });

  it('whatever prefix of the bytes is left, it opens with the whole lines or is refused', async () => {
    const content = Buffer.from(`${(await lines()).join('\n')}\n`);
    await using recording = await temporaryRecording();
    const ends = [...content.toString('latin1').matchAll(/\n/g)].map(({ index }) => index + 1);
    for (let length = 0; length <= content.length; length += 1) {
      await writeFile(recording.path, content.subarray(0, length));
      const calls = await openCassette(recording.path, none).then(
        (cassette) => cassette.models.all().length + cassette.tools.all().length,
        (thrown) => thrown.code,
      );
      const whole = ends.filter((end) => end <= length).length;
      expect(calls).toBe(whole === 0 ? 'cassette.invalid' : whole - 1);
    }
    expect(await readFile(recording.path)).toEqual(content);
  });
});
