import { EspalierError, type Fault, nearestNames, type ProviderCredential } from '@espalier/core';
import { type CredentialSources, resolveCredential } from '../../credentials/resolve-credential.ts';
import { Secret } from '../../credentials/secret.ts';
import type { ModelProvider } from '../../ports/model.ts';
import { declaredPrices } from '../prices/declared-prices.ts';
import { freePrices } from '../prices/free-prices.ts';
import type { PriceList } from '../prices/price-list.ts';
import { snapshotPrices } from '../prices/snapshot-prices.ts';
import { createProvider, isProviderName, type ProviderName, providerNames } from '../providers.ts';
import type { Candidate } from './candidate.ts';

/** Where a workflow has its credentials from. */
export interface CredentialContext {
  credentials: ReadonlyMap<string, ProviderCredential>;
  /** Undefined where no environment was given: then only providers that need no key can be asked. */
  sources: CredentialSources | undefined;
}

/** What stands between the gateway and the providers: a recorder, or what is replayed in their place (COG-7). */
export interface Interposed {
  /** Whether nobody is asked, and so nothing is needed of a provider, nothing costs and nothing is waited for. */
  readonly isReplay: boolean;
  /** Shown wherever words of models are shown. */
  readonly notice?: string;
  provider(name: string, real: () => Promise<ModelProvider>): Promise<ModelProvider>;
}

/** Variables that the providers' own tools read. */
const usualVariables: Readonly<Record<ProviderName, string | undefined>> = {
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
  azure: 'AZURE_API_KEY',
  google: 'GOOGLE_GENERATIVE_AI_API_KEY',
  'openai-compatible': undefined,
};

export interface EndpointOptions {
  interposed?: Interposed | undefined;
  /** Told of every key that is about to be used, so that it can be kept out of what is written. */
  onSecret?: ((secret: Secret) => void) | undefined;
}

interface Opened {
  secret: string | undefined;
  provider: Promise<ModelProvider>;
}

/** Finds and keeps the adapters behind candidates. One per process. */
export class Endpoints {
  readonly #given: ReadonlyMap<string, ModelProvider>;
  readonly #interposed: Interposed | undefined;
  readonly #onSecret: (secret: Secret) => void;
  readonly #opened = new Map<string, Opened>();
  readonly #prices = new WeakMap<Candidate, { prices: PriceList | undefined; until: number }>();

  /** @param given providers that are there already, need no key and cost nothing. @throws EspalierError `input.invalid` for two of one name. */
  constructor(given: readonly ModelProvider[], { interposed, onSecret = () => {} }: EndpointOptions = {}) {
    this.#given = new Map(given.map((provider) => [provider.name, provider]));
    if (this.#given.size < given.length) throw new EspalierError('input.invalid', 'Two model providers have the same name.');
    this.#interposed = interposed;
    this.#onSecret = onSecret;
  }

  /** Shown wherever the candidate's words are shown. */
  notice({ provider }: Candidate): string | undefined {
    return this.#interposed?.notice ?? this.#given.get(provider)?.notice;
  }

  callsTools({ provider }: Candidate): boolean {
    const given = this.#given.get(provider);
    return given ? given.callsTools === true : isProviderName(provider);
  }

  /** Undefined for a model whose price nobody knows. */
  prices(candidate: Candidate): PriceList | undefined {
    if (this.isFree(candidate)) return freePrices;
    const known = this.#prices.get(candidate);
    if (known && performance.now() < known.until) return known.prices;
    const prices = pricesOf(candidate);
    this.#prices.set(candidate, { prices, until: performance.now() + pricesHoldMs });
    return prices;
  }

  isFree({ provider }: Candidate): boolean {
    return this.#given.has(provider) || this.isReplay;
  }

  /** @throws EspalierError `model.unknown` for a model that no provider serves. */
  requireKnown({ provider, model, id }: Candidate): void {
    const given = this.#given.get(provider);
    if (given ? given.serves(model) : isProviderName(provider) && model !== '') return;
    const shown = (id.includes('/') ? id : `${provider}/${model}`).slice(0, 200);
    const nearest = nearestNames(provider, [...this.#given.keys(), ...providerNames]);
    const reason = given ? `${given.name} does not serve it` : `no provider of that name; nearest: ${nearest.join(', ') || 'none'}`;
    const message = `Expected a model as provider/model, found “${shown}”: ${reason}.`;
    throw new EspalierError('model.unknown', message, { details: { model: shown, nearest } });
  }

  /** Whether calls are recorded or replayed: then equal requests go the same way in every run. */
  get isRepeatable(): boolean {
    return this.#interposed !== undefined;
  }

  get isReplay(): boolean {
    return this.#interposed?.isReplay === true;
  }

  /** Tells of every secret that the credentials of a workflow lead to, used or not; those that cannot be had are nobody's. */
  async noteSecrets({ credentials, sources }: CredentialContext): Promise<void> {
    if (!sources) return;
    for (const credential of credentials.values()) {
      const secret = await resolveCredential(credential, sources).catch(() => undefined);
      if (secret) this.#onSecret(secret);
    }
  }

  /** Why a candidate cannot be asked as things are; undefined if it can. */
  async fault(candidate: Candidate, context: CredentialContext): Promise<Fault | undefined> {
    try {
      if (!this.prices(candidate)) return unpriced(candidate);
      if (!this.isFree(candidate)) await this.#open(candidate, context);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof EspalierError) return thrown.toFault();
      throw thrown;
    }
  }

  /** The adapter of a candidate; its credential is looked up anew, so that one that was renewed counts at once. */
  async provider(candidate: Candidate, context: CredentialContext): Promise<ModelProvider> {
    const real = async () => this.#given.get(candidate.provider) ?? this.#open(candidate, context);
    return this.#interposed ? this.#interposed.provider(candidate.provider, real) : real();
  }

  async #open(candidate: Candidate, context: CredentialContext): Promise<ModelProvider> {
    const { provider: name, options } = candidate;
    const { secret, baseUrl, credential } = await this.#key(candidate, context);
    const place = JSON.stringify([name, baseUrl ?? null, options, credential ?? null]);
    const text = secret?.reveal();
    const known = this.#opened.get(place);
    if (known && known.secret === text) return known.provider;
    if (!isProviderName(name)) throw new EspalierError('model.unknown', `There is no adapter for ${name}.`);
    const provider = createProvider(name, { apiKey: secret, baseUrl, options, credential });
    this.#opened.set(place, { secret: text, provider });
    provider.catch(() => this.#opened.delete(place));
    return provider;
  }

  /** @throws EspalierError `model.unconfigured`, `credential.*`. */
  async #key(candidate: Candidate, { credentials, sources }: CredentialContext): Promise<Key> {
    const { provider, credential: id } = candidate;
    const credential = id === undefined ? usualCredential(candidate, credentials) : credentials.get(id);
    const baseUrl = candidate.baseUrl ?? credential?.config.base_url;
    const secret = credential && sources ? await resolveCredential(credential, sources) : usualSecret(candidate, sources);
    if (secret) this.#onSecret(secret);
    // Servers of one's own often ask for no key.
    const needsNone = provider === 'openai-compatible' && baseUrl !== undefined && id === undefined;
    if (!secret && !needsNone) throw unconfigured(candidate);
    return { secret, baseUrl, credential: credential?.id };
  }
}

/** Published prices change with the day, some with the hour; to look one up takes 10 to 20 µs. */
const pricesHoldMs = 60_000;

function pricesOf({ provider, model, price }: Candidate): PriceList | undefined {
  if (price) return declaredPrices(price);
  // What a deployment at Azure is called says nothing of the model behind it.
  const isPublished = isProviderName(provider) && provider !== 'azure';
  return isPublished ? snapshotPrices(provider, model) : undefined;
}

interface Key {
  secret: Secret | undefined;
  baseUrl: string | undefined;
  /** The id of the credential, for whoever has to mend it. */
  credential: string | undefined;
}

/**
 * The credential of a provider where a deployment names none. `openai-compatible` may be anybody: a key goes to the address that stands with
 * it, and to no other unless the deployment says so.
 */
function usualCredential({ provider, baseUrl }: Candidate, credentials: CredentialContext['credentials']): ProviderCredential | undefined {
  if (provider === 'openai-compatible' && baseUrl !== undefined) return undefined;
  return [...credentials.values()].find((each) => each.provider === provider);
}

/** The key in the variable that the provider's own tools read. */
function usualSecret({ provider }: Candidate, sources: CredentialContext['sources']): Secret | undefined {
  const variable = isProviderName(provider) ? usualVariables[provider] : undefined;
  const value = variable === undefined ? undefined : sources?.variable(variable)?.trim();
  return value ? new Secret(value) : undefined;
}

function unpriced({ provider, model, id }: Candidate): Fault {
  const place = id.includes('/') ? 'Declare a deployment of it' : `Give the deployment ${id} a price`;
  const message = `The price of ${provider}/${model} is not known, so no budget can hold. ${place} in models.yaml, with price: { input, output } in dollars per million tokens.`;
  return { code: 'model.unpriced', message, details: { provider, model } };
}

function unconfigured({ provider, model }: Candidate): EspalierError {
  const variable = isProviderName(provider) ? usualVariables[provider] : undefined;
  const how = variable === undefined ? 'Declare a deployment with its base_url in models.yaml' : `Set ${variable}`;
  const message = `${provider}/${model} cannot be asked: ${provider} has no credential. ${how}, or add one to provider_credentials.yaml. To try without a provider, name offline/text.`;
  return new EspalierError('model.unconfigured', message, { details: { provider, model } });
}
