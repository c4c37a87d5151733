import { EspalierError } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { Secret } from '../credentials/secret.ts';
import { callTool } from '../tools/tool-call.fixture.ts';
import { openCassette } from './open-cassette.ts';
import { recordProvider } from './recording.ts';
import { replayProvider, replayTool } from './replaying.ts';
import { answer, generate, question, startWire, temporaryRecording } from './wire.fixture.ts';

const none = () => [];

describe('COG-7 equal requests', () => {
  const record = async (answers: string[]) => {
    await using wire = await startWire();
    const recording = await temporaryRecording();
    const provider = recordProvider(wire.provider, recording.recorder);
    for (const said of answers) {
      wire.script.push({ response: answer(said) });
      await generate(provider, question('same'));
    }
    await recording.recorder.close();
    return { ...recording, replayed: replayProvider('wire', await openCassette(recording.path, none)) };
  };
  const said = async (provider: Awaited<ReturnType<typeof record>>['replayed']) => (await generate(provider, question('same'))).text;

  it('get their answers in order, and a miss when those that differ are used up', async () => {
    await using recorded = await record(['one', 'two', 'one']);
    expect([await said(recorded.replayed), await said(recorded.replayed), await said(recorded.replayed)]).toEqual(['one', 'two', 'one']);
    await expect(said(recorded.replayed)).rejects.toMatchObject({
      code: 'cassette.miss',
      message: expect.stringContaining('3 times, with different answers (lines 2, 3, 4)'),
    });
  });

  it('get the last answer again and again if all were equal', async () => {
    await using recorded = await record(['one', 'one']);
    for (let time = 0; time < 5; time += 1) expect(await said(recorded.replayed)).toBe('one');
  });

  it('get the answers of those that were made at the same time in the order in which they began', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    const provider = recordProvider(wire.provider, recording.recorder);
    const slow = new AbortController();
    wire.script.push({ hangs: true });
    const first = generate(provider, question('same'), { signal: slow.signal }).catch(() => 'aborted');
    while (wire.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    wire.script.push({ response: answer('second') });
    await generate(provider, question('same'));
    slow.abort();
    expect(await first).toBe('aborted');
    await recording.recorder.close();
    // What was aborted has no answer; the recording of the next is there for whoever asks first.
    expect(JSON.parse((await recording.content()).split('\n')[1] ?? '')).toMatchObject({ occurrence: 2 });
    expect(await said(replayProvider('wire', await openCassette(recording.path, none)))).toBe('second');
  });
});

describe('COG-7 a miss', () => {
  it('shows the nearest request of the same target and where it first differs, and asks nobody', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    const provider = recordProvider(wire.provider, recording.recorder);
    const system = { role: 'system', content: 'You are terse.' } as const;
    const long = `${'Long before. '.repeat(50)}Paris`;
    for (const content of ['Something else entirely', long]) {
      wire.script.push({ response: answer('x') });
      await generate(provider, { ...question(content), messages: [system, { role: 'user', content }] });
    }
    await recording.recorder.close();
    const asked = wire.asked.length;
    const replayed = replayProvider('wire', await openCassette(recording.path, none));
    const changed = long.replace('Paris', 'London, the capital of the United Kingdom');
    const miss = await generate(replayed, { ...question(''), messages: [system, { role: 'user', content: changed }] }).catch(
      (thrown) => thrown,
    );
    expect(miss).toBeInstanceOf(EspalierError);
    expect(miss).toMatchObject({ code: 'cassette.miss', details: { target: 'wire/m', nearest: { line: 3, path: '/messages/1/content' } } });
    expect(miss.message).toMatch(
      /holds no such call of wire\/m\. The nearest, line 3, first differs at \/messages\/1\/content: recorded “….*Paris”, asked “….*London.*Kingdom”\.$/,
    );
    expect(miss.message.length).toBeLessThan(700);
    expect(wire.asked).toHaveLength(asked);
  });

  it('names the targets that there are if there is none of that name', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    wire.script.push({ response: answer('x') });
    await generate(recordProvider(wire.provider, recording.recorder), question('a'));
    await recording.recorder.close();
    const cassette = await openCassette(recording.path, none);
    await expect(generate(replayProvider('wire', cassette), { ...question('a'), model: 'n' })).rejects.toMatchObject({
      code: 'cassette.miss',
      message: expect.stringContaining('holds no call of wire/n; it has calls of wire/m.'),
      details: { nearest: null },
    });
    await expect(callTool(replayTool(wire.tool('lookup'), cassette), 1, { workspace: '' })).rejects.toMatchObject({
      code: 'cassette.miss',
      message: expect.stringContaining('it has calls of nothing of its kind'),
    });
  });

  it('shows nothing secret or personal of what was asked', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    wire.script.push({ response: answer('x') });
    await generate(recordProvider(wire.provider, recording.recorder), question('a'));
    await recording.recorder.close();
    const replayed = replayProvider('wire', await openCassette(recording.path, () => [new Secret('hunter-2-hunter')]));
    const miss = await generate(replayed, question('john@mail.com hunter-2-hunter')).catch((thrown) => thrown);
    expect(miss.message).toMatch(/asked “\[email:[\da-f]{4}\] \[secret\]”/);
    expect(JSON.stringify([miss.message, miss.details])).not.toMatch(/john|hunter/);
  });

  it('in a large cassette takes seconds at most', async () => {
    await using wire = await startWire();
    await using recording = await temporaryRecording();
    const end = (index: number) => recording.recorder.begin('tool', 't', { index, text: `line ${index}\n`.repeat(3000 + index) });
    for (let index = 0; index < 1000; index += 1) await end(index)({ response: { outcome: 'success', output: index } });
    await recording.recorder.close();
    const replayed = replayTool(wire.tool('t'), await openCassette(recording.path, none));
    const began = performance.now();
    const asked = { index: 500, text: `line 500\n`.repeat(3499) };
    await expect(callTool(replayed, asked, { workspace: '' })).rejects.toMatchObject({ details: { nearest: { path: '/text' } } });
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
