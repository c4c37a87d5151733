import type { JSONSchema7, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { EspalierError, isJsonObject, type Json, type JsonObject } from '@espalier/core';
import type { ModelRequest } from '../../ports/model.ts';
import { promptOf } from './prompt.ts';

/** Sent when the configuration sets no `max_tokens`: no request goes out without a bound on what it can cost (S21). */
const defaultMaxTokens = 4096;

/** What a provider's own settings are called, there and here. */
export interface SettingNames {
  /** The key of `config` that holds them: the provider's name. */
  provider: string;
  /** The SDK's key for them. */
  sdk: string;
  /** The SDK's names of those that could make a request cost more than was set aside for it (S21): more tokens, more requests, dearer tokens. */
  unbounded: readonly string[];
  /** What is sent unless the configuration says otherwise. */
  defaults: JsonObject;
}

/**
 * A request as the SDK takes it. Settings of a type that does not fit are left out.
 * @throws EspalierError `input.invalid` for a setting of the provider that would leave the bound of the request.
 */
export function callOptionsOf(
  { messages, schema, tools, config }: ModelRequest,
  names: SettingNames,
  abortSignal: AbortSignal,
): LanguageModelV4CallOptions {
  return {
    prompt: promptOf(messages),
    abortSignal,
    maxOutputTokens: maxTokensOf(config),
    ...set('temperature', numberOf(config.temperature)),
    ...set('topP', numberOf(config.top_p)),
    ...set('seed', numberOf(config.seed)),
    ...set('stopSequences', textsOf(config.stop)),
    ...(schema?.type === 'object' ? { responseFormat: { type: 'json', schema: jsonSchema(schema) } } : {}),
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools.map(functionTool) }),
    providerOptions: { [names.sdk]: ownSettings(config, names) },
  };
}

/** The bound on the output of a request. */
function maxTokensOf({ max_tokens }: JsonObject): number {
  return typeof max_tokens === 'number' && Number.isInteger(max_tokens) && max_tokens > 0 ? max_tokens : defaultMaxTokens;
}

function ownSettings(config: JsonObject, { provider, unbounded, defaults }: SettingNames): JsonObject {
  const own = isJsonObject(config[provider]) ? config[provider] : {};
  const loose = unbounded.find((name) => own[name] !== undefined);
  if (loose === undefined) return { ...defaults, ...own };
  throw new EspalierError(
    'input.invalid',
    `The setting ${loose} of ${provider} would let a request cost more than is set aside for it; leave it out of config.`,
  );
}

function functionTool({ name, description, input }: NonNullable<ModelRequest['tools']>[number]) {
  return { type: 'function' as const, name, description, inputSchema: jsonSchema(input) };
}

/** The port promises a JSON Schema; what it holds is the provider's to judge. */
function jsonSchema(schema: JsonObject): JSONSchema7 {
  return schema as JSONSchema7;
}

function set<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]: V });
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textsOf(value: Json | undefined): string[] | undefined {
  const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string').filter((text) => text !== '');
  return texts.length === 0 ? undefined : texts;
}
