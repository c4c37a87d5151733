/* For tests: a model provider that says what it is told to. */
import { Permit } from '../../gate/permit.ts';
import type { ModelProvider, ModelRequest } from '../../ports/model.ts';

/** A provider `script` of any model, and the requests that it received. */
export interface ScriptedModel extends ModelProvider {
  readonly requests: ModelRequest[];
}

/** Answers the n-th request with the n-th answer, or with what the function makes of the request; the last answer is repeated. */
export function scriptedModel(
  answers: readonly string[] | ((request: ModelRequest, signal: AbortSignal) => string | Promise<string>),
): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    name: 'script',
    requests,
    serves: () => true,
    async generate(permit, request, signal) {
      Permit.redeem(permit, 'model', `script/${request.model}`);
      requests.push(request);
      const text = typeof answers === 'function' ? await answers(request, signal) : answers[Math.min(requests.length, answers.length) - 1];
      return { text: text ?? '', usage: { input_tokens: 1, output_tokens: 1 } };
    },
  };
}
