import { EspalierError } from '@espalier/core';
import { estimateTokenCount } from 'tokenx';
import { Permit } from '../../gate/permit.ts';
import type { ModelProvider, ModelRequest, ModelResponse } from '../../ports/model.ts';
import { fillSchema } from './fill/fill-schema.ts';
import { producedText } from './produce.ts';
import { readMaterial } from './reading/material.ts';

const name = 'offline';
const served = 'text';

/** The rule-based text engine as a provider of the one model `offline/text`. Equal requests get equal answers; nothing leaves the process. */
export function createOfflineProvider(): ModelProvider {
  return {
    name,
    notice: 'offline: a rule-based text engine, not a language model',
    serves: (model) => model === served,
    generate: async (permit, request, { signal }) => {
      Permit.redeem(permit, 'model', `${name}/${request.model}`);
      signal.throwIfAborted();
      if (request.model !== served)
        throw new EspalierError('model.unknown', `Expected the model ${name}/${served}, not ${name}/${request.model}.`);
      return answer(request);
    },
  };
}

function answer({ messages, schema }: ModelRequest): ModelResponse {
  const material = readMaterial(messages);
  const text = schema === undefined ? producedText(material) : JSON.stringify(fillSchema(schema, material));
  const asked = messages.map(({ content }) => content).join('\n') + (schema === undefined ? '' : JSON.stringify(schema));
  return { text, usage: { input_tokens: estimateTokenCount(asked), output_tokens: estimateTokenCount(text) } };
}
