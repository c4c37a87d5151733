import { readFile } from 'node:fs/promises';
import { EspalierError } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { Secret } from '../credentials/secret.ts';
import { issuePermit } from '../gate/permit.ts';
import { ModelFailure } from '../models/model-failure.ts';
import { createOfflineProvider } from '../models/offline/offline-provider.ts';
import type { ModelRequest } from '../ports/model.ts';
import { callTool } from '../tools/tool-call.fixture.ts';
import { openCassette } from './open-cassette.ts';
import { recordProvider, recordTool } from './recording.ts';
import { replayProvider } from './replaying.ts';
import { answer, generate, question, settled, startWire, temporaryRecording } from './wire.fixture.ts';

describe('COG-7 secrets and personal data', () => {
  const key = 'sk-live/9Hq8vXw+zz==';
  const planted = [
    'john.doe@corp.example',
    '4111 1111 1111 1111',
    'DE89 3704 0044 0532 0130 00',
    '123-45-6789',
    '+1 415 555 0100',
    '203.0.113.77',
  ];
  const encoded = [key, encodeURIComponent(key), Buffer.from(`user:${key}`).toString('base64'), Buffer.from(key).toString('base64url')];
  const everything = [...planted, ...encoded].join(' | ');
  const secrets = () => [new Secret(key)];

  it('are nowhere in the bytes of a cassette or its draft, also where pieces of a text cut them in two', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording(secrets);
    const provider = recordProvider(wire.provider, recording.recorder);
    const text = `So: ${everything}!`;
    const deltas = text.match(/.{1,3}/gsu) ?? [];
    const request: ModelRequest = { ...question(everything), config: { [everything]: [everything, 4111111111111111] } };
    wire.script.push(
      { deltas, response: { ...answer(text), reasoning: everything, tool_calls: [{ id: 'c', name: 'n', input: { x: [everything] } }] } },
      { deltas: deltas.slice(0, -2), failure: { kind: 'interrupted', message: everything, status: 200 } },
      { result: { outcome: 'success', output: { [everything]: everything } } },
      { result: { outcome: 'failure', error: { code: 'tool.failed', message: everything, details: { said: everything } } } },
    );
    await generate(provider, request, { heard: [] });
    await settled(generate(provider, question('x'), { heard: [] }));
    for (const input of [everything, 2]) await callTool(recordTool(wire.tool('t'), recording.recorder), input, { workspace: '' });
    const draft = await readFile(recording.recorder.draft, 'utf8');
    await recording.recorder.close();
    for (const content of [draft, await recording.content()]) {
      expect(content.trim().split('\n')).toHaveLength(5);
      const joined = content
        .split('\n')
        .flatMap((line) => (line === '' ? [] : (JSON.parse(line).deltas ?? [])))
        .join('');
      for (const bytes of [content, joined]) {
        for (const value of [...planted, ...encoded, '4111111111111111', '9Hq8vXw', 'john.doe', 'corp.example', '0532 0130'])
          expect(bytes).not.toContain(value);
      }
    }
  });

  it('of a request stand in its answer again, so that schemas and conversations go on as they did', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording(secrets);
    const provider = recordProvider(wire.provider, recording.recorder);
    const first = question('Write to john.doe@corp.example from +1 415 555 0100.');
    const reply = 'Wrote to john.doe@corp.example and to jane@corp.example.';
    wire.script.push(
      { deltas: ['Wrote to john.d', 'oe@corp.example and to jane', '@corp.example.'], response: answer(reply) },
      { response: answer('done') },
    );
    const talk = async (model: typeof provider) => {
      const heard: string[] = [];
      const { text } = await generate(model, first, { heard });
      const again = await generate(model, { ...first, messages: [...first.messages, { role: 'assistant', content: text }] });
      return { text, said: heard.join(''), last: again.text };
    };
    await talk(provider);
    await recording.recorder.close();
    // The second request holds what was replayed for jane, a placeholder, and is found all the same.
    const replayed = await talk(replayProvider('wire', await openCassette(recording.path, secrets)));
    expect(replayed.text).toMatch(/^Wrote to john\.doe@corp\.example and to \[email:[\da-f]{4}\]\.$/);
    expect(replayed).toMatchObject({ said: replayed.text, last: 'done' });
  });
});

describe('COG-7 what a call threw', () => {
  it('is recorded if the provider has to answer for it, a time that ran out included', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    const offline = recordProvider(createOfflineProvider(), recording.recorder);
    await expect(generate(offline, question('a'))).rejects.toMatchObject({ code: 'model.unknown' });
    wire.script.push({ deltas: ['Hel'], hangs: true });
    const late = new AbortController();
    const heard: string[] = [];
    const call = generate(recordProvider(wire.provider, recording.recorder), question('a'), { signal: late.signal, heard });
    while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    late.abort(new ModelFailure('timed_out', 'Nothing came for 30 s.', { used: 'unknown' }));
    const failure = await settled(call);
    await recording.recorder.close();

    const cassette = await openCassette(recording.path, () => []);
    await expect(generate(replayProvider('offline', cassette), question('a'))).rejects.toMatchObject({ code: 'model.unknown' });
    const again: string[] = [];
    expect(await settled(generate(replayProvider('wire', cassette), question('a'), { heard: again }))).toEqual(failure);
    expect([failure, again]).toMatchObject([{ kind: 'timed_out', used: 'unknown' }, ['Hel']]);
  });

  it('is not recorded if the gate or the run was its cause', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    const [provider, tool] = [recordProvider(wire.provider, recording.recorder), recordTool(wire.tool('t'), recording.recorder)];
    const other = issuePermit({ kind: 'tool', target: 'other', input: 1 });
    const signal = AbortSignal.abort(new EspalierError('run.cancelled', 'The run was cancelled.'));
    await expect(provider.generate(other, question('a'), { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'effect.refused',
    });
    await expect(tool.call(other, 1, { workspace: '', signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'effect.refused',
    });
    await expect(generate(provider, question('a'), { signal })).rejects.toMatchObject({ code: 'run.cancelled' });
    await expect(callTool(tool, 1, { workspace: '', signal })).rejects.toMatchObject({ code: 'run.cancelled' });
    await recording.recorder.close();
    const { models, tools } = await openCassette(recording.path, () => []);
    expect([...models.all(), ...tools.all()]).toEqual([]);
  });

  it('leaves the name, the notice and the models of a provider as they are', async () => {
    await using recording = await temporaryRecording();
    const offline = createOfflineProvider();
    const { name, notice, serves } = recordProvider(offline, recording.recorder);
    expect({ name, notice, serves: [serves('text'), serves('other')] }).toEqual({
      name: 'offline',
      notice: offline.notice,
      serves: [true, false],
    });
    await recording.recorder.close();
  });
});
