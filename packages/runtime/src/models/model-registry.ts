import { EspalierError, nearestNames } from '@espalier/core';
import type { ModelProvider } from '../ports/model.ts';

/** The providers of a process, found by a model's full name. */
export interface ModelRegistry {
  /**
   * Splits `provider/model` at the first slash.
   * @throws EspalierError `model.unknown` with the nearest provider names if no provider serves it.
   */
  find(llm: string): { provider: ModelProvider; model: string };
  /** What has to be shown beside the words of each provider that gives a notice, by provider name. */
  readonly notices: ReadonlyMap<string, string>;
}

/** @throws EspalierError `input.invalid` if two providers share a name. */
export function createModelRegistry(providers: readonly ModelProvider[]): ModelRegistry {
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  if (byName.size < providers.length) throw new EspalierError('input.invalid', 'Two model providers have the same name.');
  const notices = new Map(providers.flatMap(({ name, notice }) => (notice === undefined ? [] : [[name, notice] as const])));
  return { find: (llm) => findModel(byName, llm), notices };
}

function findModel(byName: ReadonlyMap<string, ModelProvider>, llm: string): { provider: ModelProvider; model: string } {
  const slash = llm.indexOf('/');
  const name = slash < 0 ? llm : llm.slice(0, slash);
  const model = slash < 0 ? '' : llm.slice(slash + 1);
  const provider = byName.get(name);
  if (provider?.serves(model)) return { provider, model };
  throw unknownModel(llm, provider, nearestNames(name, [...byName.keys()]));
}

function unknownModel(llm: string, provider: ModelProvider | undefined, nearest: string[]): EspalierError {
  const shown = llm.slice(0, 200);
  const reason =
    provider === undefined
      ? `no provider of that name; nearest: ${nearest.join(', ') || 'none configured'}`
      : `${provider.name} does not serve it`;
  return new EspalierError('model.unknown', `Expected a model as provider/model, found “${shown}”: ${reason}.`, {
    details: { model: shown, nearest },
  });
}
