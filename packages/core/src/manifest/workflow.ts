import type { Graph } from '../graph/graph.ts';
import type { JsonObject } from '../wire/json.ts';
import type { AgentManifest } from './shapes/agents.ts';
import type { CliProfile } from './shapes/cli-profiles.ts';
import type { EvaluationSuite } from './shapes/evaluations.ts';
import type { MemoryManifest } from './shapes/memory.ts';
import type { ModelsManifest } from './shapes/models.ts';
import type { PluginManifest } from './shapes/plugins.ts';
import type { PolicyManifest } from './shapes/policy.ts';
import type { ProviderCredential } from './shapes/provider-credentials.ts';
import type { SchedulerManifest } from './shapes/scheduler.ts';
import type { ToolManifest } from './shapes/tools.ts';

/** A file of a workflow's directory. `path` is relative to it, with forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

/** A compiled, validated set of manifests. Immutable; identified by `hash` (S17). */
export interface Workflow {
  readonly id: string;
  /** SHA-256 of the whole set, hexadecimal: manifests, schemas and modules. */
  readonly hash: string;
  /** SHA-256 by file path; manifests canonically (ENG-M3), modules by their text. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly graph: Graph;
  readonly agents: ReadonlyMap<string, AgentManifest>;
  readonly models: ModelsManifest;
  readonly tools: ReadonlyMap<string, ToolManifest>;
  /** JSON Schemas (2020-12) by name: `schemas/request.json` is `request`. */
  readonly schemas: ReadonlyMap<string, JsonObject>;
  readonly memory: MemoryManifest;
  readonly policies: readonly PolicyManifest[];
  readonly plugins: readonly PluginManifest[];
  readonly scheduler: SchedulerManifest;
  readonly providerCredentials: ReadonlyMap<string, ProviderCredential>;
  readonly cliProfiles: ReadonlyMap<string, CliProfile>;
  readonly evaluations: readonly EvaluationSuite[];
  readonly deadlineMs: number | undefined;
  /** Effects in flight inside one run. */
  readonly concurrency: number;
  /** What the set was compiled from; compiling it again gives an equal workflow. */
  readonly sources: readonly SourceFile[];
}
