import { type Deployment, durationMs, EspalierError, type JsonObject, type ModelsManifest, type PriceManifest } from '@espalier/core';

/** One deployment that may be asked, with times in milliseconds. */
export interface Candidate {
  /** Its id in models.yaml; of a model that an agent names directly, `provider/model`. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  /** An id in provider_credentials.yaml; default: the one of the provider, else its usual variable. */
  readonly credential: string | undefined;
  readonly baseUrl: string | undefined;
  readonly weight: number;
  readonly maxRetries: number;
  readonly firstTokenMs: number;
  readonly betweenTokensMs: number;
  readonly totalMs: number;
  readonly price: PriceManifest | undefined;
  readonly options: JsonObject;
}

/** Who is asked one after the other; those of one step share the load. */
export type Steps = readonly (readonly Candidate[])[];

/** The steps behind a name: `provider/model`, a deployment or a chain. @throws EspalierError `model.unknown` for any other. */
export function stepsOf(name: string, models: ModelsManifest): Steps {
  if (name.includes('/')) return [[directCandidate(name)]];
  const deployment = models.deployments.find(({ id }) => id === name);
  if (deployment) return [[candidateOf(deployment)]];
  const chain = models.chains.find(({ id }) => id === name);
  if (!chain)
    throw new EspalierError('model.unknown', `There is no deployment or chain ${name} in models.yaml.`, { details: { model: name } });
  return chain.steps.map((step) => [step].flat().flatMap((member) => stepsOf(member, models).flat()));
}

function candidateOf({ id, provider, model, credential, base_url, weight, max_retries, timeouts, price, options }: Deployment): Candidate {
  return {
    id,
    provider,
    model,
    credential,
    baseUrl: base_url,
    weight,
    maxRetries: max_retries,
    firstTokenMs: durationMs(timeouts.first_token),
    betweenTokensMs: durationMs(timeouts.between_tokens),
    totalMs: durationMs(timeouts.total),
    price,
    options,
  };
}

/** A model that is named where it is used, with the defaults of a deployment. */
function directCandidate(name: string): Candidate {
  const slash = name.indexOf('/');
  const defaults = { credential: undefined, baseUrl: undefined, price: undefined, options: {}, weight: 1, maxRetries: 2 };
  const times = { firstTokenMs: 60_000, betweenTokensMs: 30_000, totalMs: 600_000 };
  return { id: name, provider: name.slice(0, slash), model: name.slice(slash + 1), ...defaults, ...times };
}
