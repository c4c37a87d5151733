import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCassette } from '../cassettes/open-cassette.ts';
import { recordProvider } from '../cassettes/recording.ts';
import { replayProvider } from '../cassettes/replaying.ts';
import { generate, temporaryRecording } from '../cassettes/wire.fixture.ts';
import { type Effect, issuePermit, Permit } from '../gate/permit.ts';
import type { ModelProvider, ModelRequest } from '../ports/model.ts';
import { createOfflineProvider } from './offline/offline-provider.ts';
import { providerNames } from './providers.ts';
import { openProvider, testModels } from './testing/open-provider.ts';
import { type ScriptedUpstream, startScriptedUpstream } from './testing/scripted-upstream.ts';

let upstream: ScriptedUpstream;
let recording: Awaited<ReturnType<typeof temporaryRecording>>;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  for (const name of providerNames) upstream.answer(name, { text: 'Yes.' });
  recording = await temporaryRecording();
});
afterAll(async () => {
  await upstream.close();
  await recording[Symbol.asyncDispose]();
});

const requestOf = (model: string): ModelRequest => ({ model, messages: [{ role: 'user', content: 'Hi' }], config: { max_tokens: 10 } });

/** Permits that are good for nothing, by what is wrong with them. The effect is the one that is asked for. */
const bad: readonly (readonly [string, (effect: Effect) => unknown])[] = [
  ['none', () => undefined],
  ['an object of the same look', (effect) => ({ ...effect })],
  ['one made by its constructor', (effect) => new Permit(effect)],
  ['one made from its prototype', () => Object.create(Permit.prototype)],
  ['one of a subclass', (effect) => new (class extends Permit {})(effect)],
  ['a proxy of a real one', (effect) => new Proxy(issuePermit(effect), {})],
  ['a copy of a real one', (effect) => Object.assign(Object.create(Permit.prototype), issuePermit(effect))],
  ['one for another model', (effect) => issuePermit({ ...effect, target: `${effect.target}-2` })],
  ['one for another provider', (effect) => issuePermit({ ...effect, target: `other/${effect.target.split('/')[1]}` })],
  ['one for a tool of that name', (effect) => issuePermit({ ...effect, kind: 'tool' })],
  [
    'one that was used',
    (effect) => {
      const permit = issuePermit(effect);
      Permit.redeem(permit, effect.kind, effect.target);
      return permit;
    },
  ],
];

/** Tries every bad permit. @throws unless each is refused. */
async function expectRefusals(provider: ModelProvider, model: string): Promise<void> {
  const effect: Effect = { kind: 'model', target: `${provider.name}/${model}`, input: null };
  const options = { signal: AbortSignal.timeout(30_000), onDelta: () => {} };
  for (const [what, make] of bad) {
    const refused = await provider.generate(make(effect) as Permit, requestOf(model), options).catch((thrown) => thrown.code);
    expect([what, refused]).toEqual([what, 'effect.refused']);
  }
}

describe('S20 no model is asked without a permit from the gate', () => {
  it.each(providerNames)('%s refuses a forged, used or foreign one before a byte leaves', async (name) => {
    await expectRefusals(await openProvider(name, { baseUrl: upstream.baseUrl(name) }), testModels[name]);
    expect(upstream.requests).toEqual([]);
  });

  it('nor does the offline engine answer', () => expectRefusals(createOfflineProvider(), 'text'));

  it('nor does a recorder let it through, or record it', async () => {
    const recorded = recordProvider(await openProvider('openai', { baseUrl: upstream.baseUrl('openai') }), recording.recorder);
    await expectRefusals(recorded, testModels.openai);
    expect(upstream.requests).toEqual([]);
    await generate(recorded, requestOf(testModels.openai));
    await recording.recorder.close();
    expect(upstream.requests).toHaveLength(1);
    expect((await recording.content()).trim().split('\n')).toHaveLength(2);
  });

  it('nor does a cassette give its answer away', async () => {
    const replayed = replayProvider('openai', await openCassette(recording.path, () => []));
    await expectRefusals(replayed, testModels.openai);
    expect(await generate(replayed, requestOf(testModels.openai))).toMatchObject({ text: 'Yes.' });
  });
});
