import { describe, expect, it } from 'vitest';
import { createModelRegistry } from './model-registry.ts';
import { createOfflineProvider } from './offline/offline-provider.ts';

const silent = { name: 'echo', serves: (model: string) => model.startsWith('a/'), generate: () => Promise.reject(new Error('not called')) };

describe('the model registry', () => {
  const registry = createModelRegistry([createOfflineProvider(), silent]);

  it('finds provider and model, splitting at the first slash', () => {
    expect(registry.find('offline/text')).toMatchObject({ provider: { name: 'offline' }, model: 'text' });
    expect(registry.find('echo/a/b')).toEqual({ provider: silent, model: 'a/b' });
  });

  it('collects the notices of the providers that give one', () => {
    expect([...registry.notices]).toEqual([['offline', 'offline: a rule-based text engine, not a language model']]);
  });

  it.each(['offlin/text', 'offline', '', 'offline/gpt', '/text'])('refuses %j as model.unknown with the nearest names', (llm) => {
    expect(() => registry.find(llm)).toThrow(
      expect.objectContaining({
        code: 'model.unknown',
        details: expect.objectContaining({ nearest: expect.arrayContaining(['offline']) }),
      }),
    );
  });

  it('refuses two providers of one name', () => {
    expect(() => createModelRegistry([silent, silent])).toThrow(expect.objectContaining({ code: 'input.invalid' }));
  });
});
