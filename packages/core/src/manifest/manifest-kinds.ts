import { agentsSchema } from './shapes/agents.ts';
import { cliProfilesSchema } from './shapes/cli-profiles.ts';
import { evaluationsSchema } from './shapes/evaluations.ts';
import { memorySchema } from './shapes/memory.ts';
import { modelsSchema } from './shapes/models.ts';
import { pluginsSchema } from './shapes/plugins.ts';
import { policiesSchema } from './shapes/policy.ts';
import { providerCredentialsSchema } from './shapes/provider-credentials.ts';
import { schedulerSchema } from './shapes/scheduler.ts';
import { toolsSchema } from './shapes/tools.ts';
import { workflowSchema } from './shapes/workflow.ts';

/** Every manifest by the name of its file without extension. Only `workflow` is required; each of the others accepts `{}`. */
export const manifestKinds = {
  workflow: { schema: workflowSchema, description: 'The nodes and edges of a workflow.' },
  agents: { schema: agentsSchema, description: 'The agents of a workflow: model, prompt, context, tools.' },
  models: { schema: modelsSchema, description: 'Where models are deployed, and which one is asked when.' },
  tools: { schema: toolsSchema, description: 'The tools of a workflow and what they may do.' },
  memory: { schema: memorySchema, description: 'The stores of a workflow and its context profiles.' },
  policy: { schema: policiesSchema, description: 'Declarative allow and deny rules.' },
  plugins: { schema: pluginsSchema, description: 'Read-only observers of the event log.' },
  scheduler: { schema: schedulerSchema, description: 'How runs queue.' },
  provider_credentials: { schema: providerCredentialsSchema, description: 'Where the secrets of providers are found.' },
  cli_profiles: { schema: cliProfilesSchema, description: 'How the REPL presents a workflow.' },
  evaluations: { schema: evaluationsSchema, description: 'Cases with inputs, and assertions on their outputs.' },
} as const;

export type ManifestName = keyof typeof manifestKinds;

/** The names of all manifests, in the order in which they are read and reported. */
export const manifestNames = Object.keys(manifestKinds) as ManifestName[];
