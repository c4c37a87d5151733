import {
  type AgentManifest,
  EspalierError,
  type Fault,
  type ModelRoute,
  type ModelsManifest,
  type ProviderCredential,
  type Route,
} from '@espalier/core';
import type { CredentialSources } from '../../credentials/resolve-credential.ts';
import type { ModelProvider, ModelRequest, ModelTool } from '../../ports/model.ts';
import type { Tries } from '../../ports/node-program.ts';
import { pause } from '../../timers/timers.ts';
import type { PriceList } from '../prices/price-list.ts';
import { analyseRequest } from '../routing/analyse-request.ts';
import { chooseTier } from '../routing/choose-tier.ts';
import { type Candidate, type Steps, stepsOf } from './candidate.ts';
import { DeploymentHealth } from './deployment-health.ts';
import { type CredentialContext, type EndpointOptions, Endpoints } from './endpoints.ts';
import { GatewayTries, type TriesParts } from './gateway-tries.ts';

/** What of a workflow says which models there are. */
export interface ModelSource {
  readonly models: ModelsManifest;
  readonly providerCredentials: ReadonlyMap<string, ProviderCredential>;
}

/** What an agent asks. */
export interface AgentModel {
  /** Whether tools are told to the model in its provider's own way; otherwise it plans calls in its answer. */
  readonly callsTools: boolean;
  /** Begins the tries of one call. @param key of its effect @param tools that may be called, however the model asks for them; default: those of the request */
  tries(key: string, request: Omit<ModelRequest, 'model'>, tools?: readonly ModelTool[]): Tries;
}

/** A deployment that a workflow may ask, for people. */
export interface DeploymentReport {
  candidate: Candidate;
  /** Names in agents.yaml and models.yaml that lead to it. */
  usedAs: string[];
  state: DeploymentHealth['state'];
  /** Undefined for a model whose price nobody knows. */
  prices: PriceList | undefined;
  /** Why it cannot be asked as things are. */
  fault: Fault | undefined;
}

/** The only way to models (COG-1): chains, fallback, load, retries, time-outs and what requests cost. One per process. */
export interface ModelGateway {
  /** @param directory the workflow's, which paths of credentials are relative to. @throws EspalierError `model.unknown`. */
  open(agent: AgentManifest, source: ModelSource, directory: string): AgentModel;
  /** What has to be shown beside the words of a workflow's agents, such as that a model is not a language model. */
  notices(source: ModelSource & { agents: ReadonlyMap<string, AgentManifest> }): string[];
  /** Every deployment that the agents of a workflow may ask, or that its models.yaml declares, and whether it can be asked. */
  report(source: ModelSource & { agents: ReadonlyMap<string, AgentManifest> }, directory: string): Promise<DeploymentReport[]>;
}

export interface GatewayOptions extends EndpointOptions {
  /** Providers that are there already, need no key and cost nothing, such as the offline one. */
  providers: readonly ModelProvider[];
  /** Where credentials are looked for; without, only `providers` can be asked. */
  environment?: Omit<CredentialSources, 'directory'> | undefined;
  /** For tests: the waits between requests, and chance. */
  sleep?: TriesParts['sleep'];
  random?: () => number;
}

/** Tokens of an answer, where the agent does not say how many: what is set aside for it has to have an end (S21). */
const defaultMaxTokens = 4096;

export function createModelGateway({ providers, environment, sleep = pause, random = Math.random, ...rest }: GatewayOptions): ModelGateway {
  const endpoints = new Endpoints(providers, rest);
  const healths = new Map<string, DeploymentHealth>();
  // Each workflow has its own keys: what one of them cannot reach another may.
  const healthIn =
    (directory: string) =>
    ({ id, provider, model, baseUrl }: Candidate) => {
      const place = JSON.stringify([directory, id, provider, model, baseUrl ?? null]);
      const known = healths.get(place) ?? new DeploymentHealth(() => performance.now());
      healths.set(place, known);
      return known;
    };
  const contextOf = ({ providerCredentials }: ModelSource, directory: string): CredentialContext => {
    return { credentials: providerCredentials, sources: environment && { ...environment, directory } };
  };
  return {
    open(agent, source, directory) {
      const candidates = candidatesOf(agent, source.models);
      for (const candidate of candidates) endpoints.requireKnown(candidate);
      const wait: TriesParts['sleep'] = endpoints.isReplay ? async (_, signal) => signal.throwIfAborted() : sleep;
      const parts = { endpoints, health: healthIn(directory), sleep: wait, random, credentials: contextOf(source, directory) };
      const callsTools = candidates.every((candidate) => endpoints.callsTools(candidate));
      const asked = { agent, models: source.models, stepsBehind: keptSteps(source.models) };
      return { callsTools, tries: (key, request, tools) => begin(parts, { ...asked, key, request, tools }) };
    },
    notices({ agents, models }) {
      const all = [...agents.values()].flatMap((agent) => candidatesOf(agent, models));
      return [...new Set(all.map((candidate) => endpoints.notice(candidate)).filter((notice) => notice !== undefined))];
    },
    async report(source, directory) {
      const context = contextOf(source, directory);
      await endpoints.noteSecrets(context);
      return reportOn(source, { endpoints, health: healthIn(directory), context });
    },
  };
}

/** The steps behind names, made once: candidates stay the same from call to call. */
function keptSteps(models: ModelsManifest): (name: string) => Steps {
  const made = new Map<string, Steps>();
  return (name) => {
    const steps = made.get(name) ?? stepsOf(name, models);
    made.set(name, steps);
    return steps;
  };
}

interface Beginning {
  agent: AgentManifest;
  models: ModelsManifest;
  stepsBehind: (name: string) => Steps;
  key: string;
  request: Omit<ModelRequest, 'model'>;
  tools: readonly ModelTool[] | undefined;
}

function begin(parts: TriesParts, { agent, models, stepsBehind, key, request, tools: callable }: Beginning): Tries {
  const maxTokens = typeof request.config.max_tokens === 'number' ? request.config.max_tokens : defaultMaxTokens;
  const bounded = { ...request, config: { ...request.config, max_tokens: maxTokens } };
  const { messages, schema, tools } = request;
  // No tokeniser counts more tokens than there are bytes (S21).
  const text = JSON.stringify({ messages, schema, tools, config: bounded.config });
  const input = Buffer.byteLength(text);
  // A recording and its replay are different runs, whose equal requests have to go the same way.
  const lot = parts.endpoints.isRepeatable ? text : key;
  const analysed = { ...request, tools: callable ?? tools ?? [] };
  const { name, route } = routed(agent.llm, models, analysed);
  const steps = [name, ...agent.fallback].flatMap((each) => stepsBehind(routed(each, models, analysed).name));
  return new GatewayTries(parts, { lot, steps, route, request: bounded, most: { input, output: maxTokens } });
}

/** Behind the name of a route, what the route chooses for this request; any other name stands for itself. */
function routed(name: string, models: ModelsManifest, request: Omit<ModelRequest, 'model'>): { name: string; route: Route | undefined } {
  const found = models.routes.find(({ id }) => id === name);
  if (!found) return { name, route: undefined };
  const { use, route } = chooseTier(found, analyseRequest(request));
  return { name: use, route };
}

function candidatesOf({ llm, fallback }: AgentManifest, models: ModelsManifest): Candidate[] {
  return [llm, ...fallback].flatMap((name) => candidatesBehind(name, models));
}

function candidatesBehind(name: string, models: ModelsManifest): Candidate[] {
  const route = models.routes.find(({ id }) => id === name);
  const names = route ? usesOf(route) : [name];
  return names.flatMap((each): readonly Candidate[] => (stepsOf(each, models) satisfies Steps).flat());
}

function usesOf({ rules, default: otherwise }: ModelRoute): string[] {
  return [...new Set([...rules.map(({ use }) => use), otherwise.use])];
}

interface Reporting {
  endpoints: Endpoints;
  health(candidate: Candidate): DeploymentHealth;
  context: CredentialContext;
}

async function reportOn(
  { models, agents }: ModelSource & { agents: ReadonlyMap<string, AgentManifest> },
  { endpoints, health, context }: Reporting,
): Promise<DeploymentReport[]> {
  const found = new Map<string, DeploymentReport>();
  const note = async (name: string, usedAs: string) => {
    for (const candidate of candidatesBehind(name, models)) {
      const known = found.get(candidate.id);
      const report = known ?? {
        candidate,
        usedAs: [],
        state: health(candidate).state,
        prices: endpoints.prices(candidate),
        fault: await faultOf(candidate, endpoints, context),
      };
      if (!report.usedAs.includes(usedAs)) report.usedAs.push(usedAs);
      found.set(candidate.id, report);
    }
  };
  for (const { id, llm, fallback } of agents.values()) for (const name of [llm, ...fallback]) await note(name, `agent ${id}`);
  for (const { id } of [...models.deployments, ...models.chains, ...models.routes]) await note(id, id);
  return [...found.values()];
}

async function faultOf(candidate: Candidate, endpoints: Endpoints, context: CredentialContext): Promise<Fault | undefined> {
  try {
    endpoints.requireKnown(candidate);
  } catch (thrown) {
    if (thrown instanceof EspalierError) return thrown.toFault();
    throw thrown;
  }
  return endpoints.fault(candidate, context);
}
