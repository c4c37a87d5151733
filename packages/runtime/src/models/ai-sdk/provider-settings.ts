import { EspalierError, type JsonObject } from '@espalier/core';
import type { Secret } from '../../credentials/secret.ts';

/** How a provider is reached. */
export interface ProviderSettings {
  apiKey?: Secret | undefined;
  /** Where it is asked instead of at its own address: a gateway, a server of one's own, a region. */
  baseUrl?: string | undefined;
  /** Whatever else it takes, such as `api_version` of Azure. */
  options?: JsonObject | undefined;
  /** The id of the credential that the key is from, for messages. */
  credential?: string | undefined;
  fetch?: typeof globalThis.fetch | undefined;
}

/** @throws EspalierError `model.unconfigured` if there is none. */
export function requiredKey(provider: string, { apiKey }: ProviderSettings): Secret {
  if (apiKey !== undefined) return apiKey;
  throw unconfigured(`The provider ${provider} needs an API key: give it a credential in provider_credentials.yaml.`);
}

/**
 * The address without a slash at its end; undefined if none is set.
 * @throws EspalierError `input.invalid` for what is no http or https URL.
 */
export function baseUrlOf(provider: string, { baseUrl }: ProviderSettings): string | undefined {
  if (baseUrl === undefined) return undefined;
  const protocol = URL.parse(baseUrl)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new EspalierError('input.invalid', `Expected base_url of the provider ${provider} to be an http or https URL.`);
  }
  return baseUrl.replace(/\/+$/, '');
}

/** What a provider may be given as options. */
type OptionTypes = Readonly<Record<string, 'string' | 'boolean'>>;
type Options<T extends OptionTypes> = { [K in keyof T]?: T[K] extends 'string' ? string : boolean };

/**
 * The options of a provider.
 * @throws EspalierError `input.invalid` for one that it does not have, or of another type.
 */
export function optionsOf<const T extends OptionTypes>(provider: string, { options = {} }: ProviderSettings, types: T): Options<T> {
  const known = Object.keys(types).join(', ') || 'none';
  for (const [name, value] of Object.entries(options)) {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) {
      throw new EspalierError('input.invalid', `The provider ${provider} has no option ${name}; its options: ${known}.`);
    }
    if (typeof value !== type || value === '') {
      throw new EspalierError('input.invalid', `Expected the option ${name} of the provider ${provider} to be a ${type}.`);
    }
  }
  return { ...options } as Options<T>;
}

/** A provider without a setting that it cannot do without; the message says which. */
export function unconfigured(message: string): EspalierError {
  return new EspalierError('model.unconfigured', message);
}
