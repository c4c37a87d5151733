import type { Json, JsonObject } from '@espalier/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ModelProvider, ModelRequest } from '../ports/model.ts';
import type { Tool } from '../ports/tool.ts';
import { callTool } from '../tools/tool-call.fixture.ts';
import { openCassette } from './open-cassette.ts';
import { recordProvider, recordTool } from './recording.ts';
import { replayProvider, replayTool } from './replaying.ts';
import { Scrub } from './scrub.ts';
import { type Answer, answer, generate, startWire, temporaryRecording } from './wire.fixture.ts';

interface Turn {
  request: ModelRequest;
  said: Answer;
  input: Json;
  result: Answer;
}

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const odd = fc.constantFrom('a', ' ', '\n', 'é', '😀', '"', '\\', '\u2028', 'version 1.2.3.4 ', 'image@2x.png ');
const text = fc.array(fc.oneof(odd, fc.string({ minLength: 1, maxLength: 1 }))).map((parts) => parts.join(''));
const config = fc.dictionary(fc.string(), json) as fc.Arbitrary<JsonObject>;
const messages = fc.array(fc.record({ role: fc.constantFrom('system', 'user'), content: text }));
const request = fc.record({ model: fc.constantFrom('m', 'n/o'), messages, config });
const calls = fc.array(fc.record({ id: text, name: text, input: json }), { maxLength: 2 });
const said = fc.record({ deltas: fc.array(text), tool_calls: calls }).map(({ deltas, tool_calls }): Answer => {
  return { deltas, response: { ...answer(deltas.join('')), tool_calls } };
});
const result = json.map((output): Answer => ({ result: { outcome: 'success', output } }));
const scrub = new Scrub({ key: '00', secrets: () => [] });
/** Many a whole number is a payment card's, and would be taken out. */
const hasNothingToScrub = (turn: unknown) => scrub.json(turn).found.size === 0;
const turn = fc.record({ request, said, input: json, result }).filter(hasNothingToScrub);
const turns: fc.Arbitrary<Turn[]> = fc.array(turn, { minLength: 1, maxLength: 4 });

/** What the turns come to, one after another. */
async function play(asked: readonly Turn[], provider: ModelProvider, tool: Tool) {
  const results = [];
  for (const turn of asked) {
    const heard: string[] = [];
    results.push(await generate(provider, turn.request, { heard }), heard, await callTool(tool, turn.input, { workspace: '' }));
  }
  return results;
}

it('COG-7 replaying what was recorded is the identity on what was not scrubbed, for any requests and answers', async () => {
  await using wire = await startWire();
  const tool = wire.tool('t');
  const check = async (asked: Turn[]) => {
    await using recording = await temporaryRecording();
    wire.script.push(...asked.flatMap((turn) => [turn.said, turn.result]));
    const live = await play(asked, recordProvider(wire.provider, recording.recorder), recordTool(tool, recording.recorder));
    await recording.recorder.close();
    const cassette = await openCassette(recording.path, () => []);
    expect(await play(asked, replayProvider('wire', cassette), replayTool(tool, cassette))).toEqual(live);
    expect(wire.script).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(turns, check), { numRuns: 100 });
});
