/* For tests: a model provider that says what it is told to. */
import { Permit } from '../../gate/permit.ts';
import type { ModelProvider, ModelRequest, ModelResponse } from '../../ports/model.ts';

/** A provider `script` of any model, and the requests that it received. */
export interface ScriptedModel extends ModelProvider {
  readonly requests: ModelRequest[];
}

/** What is said: text, or a response of which what is left out is filled in. */
type Answer = string | Partial<ModelResponse>;

/** Answers the n-th request with the n-th answer, or with what the function makes of the request; the last answer is repeated. */
export function scriptedModel(
  answers: readonly Answer[] | ((request: ModelRequest, signal: AbortSignal) => Answer | Promise<Answer>),
  { callsTools = false }: { callsTools?: boolean } = {},
): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    name: 'script',
    requests,
    callsTools,
    serves: () => true,
    async generate(permit, request, { signal }) {
      Permit.redeem(permit, 'model', `script/${request.model}`);
      requests.push(request);
      const answer =
        typeof answers === 'function' ? await answers(request, signal) : answers[Math.min(requests.length, answers.length) - 1];
      if (typeof answer === 'object') return { text: '', usage: { input_tokens: 1, output_tokens: 1 }, ...answer };
      return { text: answer ?? '', usage: { input_tokens: 1, output_tokens: 1 } };
    },
  };
}
