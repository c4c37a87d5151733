import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Json, ModelsManifest, ProviderCredential } from '@espalier/core';

/** What of a workflow says where models are, and with which keys. */
interface ProbeSource {
  models: ModelsManifest;
  providerCredentials: ReadonlyMap<string, ProviderCredential>;
  /** What the paths of credentials are relative to; absolute. */
  directory: string;
}

/** The id of the workflow, in the list of runs. */
const probeWorkflow = 'models_check';

/** Of the answer: one word, and what a model may think before it says so. */
const mostTokens = 256;

/**
 * Makes a workflow of one agent that asks one model for one word, for as long as it is used.
 * @param model `provider/model`, or the id of a deployment in `source`
 */
export async function withProbeWorkflow<T>(
  model: string,
  source: ProbeSource | undefined,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-models-'));
  try {
    const files = probeFiles(model, source);
    await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(directory, name), JSON.stringify(content))));
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** JSON is YAML, too. */
function probeFiles(model: string, source: ProbeSource | undefined): Record<string, Json | object> {
  const agent = { id: 'probe', llm: model, prompt: 'Answer with the single word: ready', config: { max_tokens: mostTokens } };
  return {
    'workflow.yaml': {
      id: probeWorkflow,
      nodes: [
        { id: 'start', kind: 'deterministic', role: 'start', default_start: true, handler: 'pass' },
        { id: 'ask', kind: 'agent', role: 'linear', agent_id: agent.id },
        { id: 'done', kind: 'deterministic', role: 'exit' },
      ],
      edges: [
        { from: 'start', to: 'ask' },
        { from: 'ask', to: 'done' },
      ],
    },
    'agents.yaml': { agents: [agent] },
    ...(source ? { 'models.yaml': modelsOf(source), 'provider_credentials.yaml': credentialsOf(source) } : {}),
  };
}

/** Nobody is asked twice: whether it works at once is what one wants to know. */
function modelsOf({ models }: ProbeSource): ModelsManifest {
  return { ...models, deployments: models.deployments.map((deployment) => ({ ...deployment, max_retries: 0 })) };
}

/** Paths as they are, but for those that are relative to where the workflow was. */
function credentialsOf({ providerCredentials, directory }: ProbeSource) {
  const provider_credentials = [...providerCredentials.values()].map((credential) => {
    const { auth } = credential;
    if (auth.source === 'env' || /^~[/\\]/.test(auth.file_path)) return credential;
    return { ...credential, auth: { ...auth, file_path: resolve(directory, auth.file_path) } };
  });
  return { provider_credentials };
}
