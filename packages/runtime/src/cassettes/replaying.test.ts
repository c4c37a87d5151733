import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { issuePermit } from '../gate/permit.ts';
import type { ModelResponse } from '../ports/model.ts';
import type { ToolResult } from '../ports/tool.ts';
import { createFilesystemTool } from '../tools/filesystem-tools.ts';
import { callTool, toolManifest } from '../tools/tool-call.fixture.ts';
import { openCassette } from './open-cassette.ts';
import { recordProvider, recordTool } from './recording.ts';
import { replayProvider, replayTool } from './replaying.ts';
import { answer, generate, question, settled, startWire, temporaryRecording } from './wire.fixture.ts';

const none = () => [];

describe('COG-7 a run that was recorded, with the provider closed', () => {
  it('gives the same responses, pieces and failures in the same order', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    const recorded = recordProvider(wire.provider, recording.recorder);
    const full: ModelResponse = {
      ...{ text: 'Hello there', reasoning: 'polite', tool_calls: [{ id: 'c1', name: 'send', input: { to: ['x'] } }], finish: 'tool_calls' },
      usage: { input_tokens: 9, output_tokens: 4, cache_read_tokens: 2, reasoning_tokens: 1 },
    };
    wire.script.push(
      { deltas: ['Hel', '', 'lo th', 'ere'], response: full },
      { failure: { kind: 'rate_limited', message: 'Too many requests.', status: 429 } },
      { deltas: ['Hel'], failure: { kind: 'interrupted', message: 'It broke off.', status: 200 } },
      { response: answer('plain') },
    );
    const play = async (provider: typeof recorded) => {
      const heard: string[] = [];
      const results = [];
      for (const content of ['a', 'b', 'c']) results.push(await settled(generate(provider, question(content), { heard })), heard.splice(0));
      return [...results, await generate(provider, question('d'))];
    };
    const first = await play(recorded);
    await recording.recorder.close();
    await wire.close();

    const replayed = replayProvider('wire', await openCassette(recording.path, none));
    expect(await play(replayed)).toEqual(first);
    expect(first).toMatchObject([
      full,
      ['Hel', '', 'lo th', 'ere'],
      { kind: 'rate_limited', details: { status: 429 }, retryAfterMs: 1500 },
      [],
      {},
      ['Hel'],
      {},
    ]);
    expect(replayed.notice).toBe('cassette: replayed, no provider was asked');
    expect(wire.asked).toHaveLength(4);
  });

  it('asks for tools as the recorded provider did, and says text in one piece that nobody wanted in pieces before', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    wire.script.push({ response: answer('whole') });
    await generate(recordProvider(wire.provider, recording.recorder), question('a'));
    await recording.recorder.close();
    const cassette = await openCassette(recording.path, none);
    const replayed = replayProvider('wire', cassette);
    const heard: string[] = [];
    await generate(replayed, question('a'), { heard });
    expect(heard).toEqual(['whole']);
    expect([replayed.callsTools, replayProvider('other', cassette).callsTools]).toEqual([true, false]);
    expect([replayed.serves('m'), cassette.header.workflow, cassette.header.recorded_at]).toEqual([
      true,
      'shop',
      '2026-11-30T00:00:00.000Z',
    ]);
  });

  it('gives results and failures of tools, and files they wrote', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    const tool = wire.tool('lookup');
    const failure: ToolResult = { outcome: 'failure', error: { code: 'tool.failed', message: 'No such thing.', details: { status: 404 } } };
    wire.script.push({ result: { outcome: 'partial', output: { rows: [1, null] } } }, { result: failure });
    const recorded = recordTool(tool, recording.recorder);
    const play = async (called: typeof tool) => [
      await callTool(called, { id: 1 }, { workspace: '/nowhere' }),
      await callTool(called, { id: 2 }, { workspace: '/nowhere' }),
    ];
    const first = await play(recorded);
    const bytes = Buffer.from([0, 255, 128, 10]);
    const files = [
      { path: 'a.txt', content: Buffer.from('żółw'), media_type: 'text/plain' },
      { path: 'a.bin', content: bytes, media_type: 'application/octet-stream' },
    ];
    const writing = { ...tool, call: async (): Promise<ToolResult> => ({ outcome: 'success', output: 1, files }) };
    await callTool(recordTool(writing, recording.recorder), 'files', { workspace: '/nowhere' });
    await recording.recorder.close();
    await wire.close();

    const replayed = replayTool(tool, await openCassette(recording.path, none));
    expect(await play(replayed)).toEqual(first);
    expect(first).toEqual([{ outcome: 'partial', output: { rows: [1, null] } }, failure]);
    expect(await callTool(replayed, 'files', { workspace: '/nowhere' })).toEqual({ outcome: 'success', output: 1, files });
  });

  it('performs file tools for real, so that later reads find what was written', async () => {
    await using recording = await temporaryRecording();
    const manifest = (id: string) => toolManifest({ id, type: 'filesystem', entrypoint: 'builtin' });
    const [write, read] = ['write_file', 'read_file'].map((id) => createFilesystemTool(manifest(id), { in: undefined, out: undefined }));
    if (!write || !read) throw new Error('two tools');
    expect(recordTool(write, recording.recorder)).toBe(write);
    await recording.recorder.close();
    const cassette = await openCassette(recording.path, none);
    await callTool(replayTool(write, cassette), { path: 'a.txt', content: 'kept' }, { workspace: recording.directory });
    expect(await readFile(join(recording.directory, 'a.txt'), 'utf8')).toBe('kept');
    expect(await callTool(replayTool(read, cassette), { path: 'a.txt' }, { workspace: recording.directory })).toMatchObject({
      output: { content: 'kept' },
    });
  });

  it('S20 redeems permits, and does not answer what was aborted', async () => {
    await using recording = await temporaryRecording();
    await recording.recorder.close();
    const cassette = await openCassette(recording.path, none);
    const provider = replayProvider('wire', cassette);
    const wrong = issuePermit({ kind: 'model', target: 'wire/other', input: null });
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(provider.generate(wrong, question('a'), { signal })).rejects.toMatchObject({ code: 'effect.refused' });
    await expect(generate(provider, question('a'), { signal })).rejects.toThrow('stopped');
    await using wire = await startWire();
    await expect(callTool(replayTool(wire.tool('t'), cassette), 1, { workspace: '', signal })).rejects.toThrow('stopped');
    const permit = issuePermit({ kind: 'tool', target: 'other', input: 1 });
    await expect(replayTool(wire.tool('t'), cassette).call(permit, 1, { workspace: '', signal })).rejects.toMatchObject({
      code: 'effect.refused',
    });
  });

  it('stops in the middle of an answer when it is aborted', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    wire.script.push({ deltas: ['a', 'b', 'c'], response: answer('abc') });
    await generate(recordProvider(wire.provider, recording.recorder), question('a'), { heard: [] });
    await recording.recorder.close();
    const provider = replayProvider('wire', await openCassette(recording.path, none));
    const [heard, stop]: [string[], AbortController] = [[], new AbortController()];
    const permit = issuePermit({ kind: 'model', target: 'wire/m', input: null });
    const onDelta = (piece: string) => {
      heard.push(piece);
      if (piece === 'b') stop.abort(new Error('enough'));
    };
    await expect(provider.generate(permit, question('a'), { signal: stop.signal, onDelta })).rejects.toThrow('enough');
    expect(heard).toEqual(['a', 'b']);
  });
});

it('COG-7 a failure that is no provider’s is replayed as what it was', async () => {
  await using recording = await temporaryRecording();
  const error = { code: 'model.unknown', message: 'No such model.', details: { model: 'm' } };
  await recording.recorder.begin('model', 'wire/m', question('a'))({ failure: { error } });
  await recording.recorder.begin('tool', 't', 1)({ failure: { error: { code: 'tool.failed', message: 'Broken.' } } });
  await recording.recorder.close();
  await using wire = await startWire();
  const cassette = await openCassette(recording.path, none);
  await expect(generate(replayProvider('wire', cassette), question('a'))).rejects.toMatchObject(error);
  await expect(callTool(replayTool(wire.tool('t'), cassette), 1, { workspace: '' })).rejects.toMatchObject({ code: 'tool.failed' });
});
