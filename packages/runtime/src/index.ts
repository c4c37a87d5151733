export { type ArtifactEntry, artifactsOf } from './artifacts/artifact-index.ts';
export { FileArtifacts } from './artifacts/file-artifacts.ts';
export { MemoryArtifacts } from './artifacts/memory-artifacts.ts';
export { type CredentialStatus, credentialReport } from './credentials/credential-report.ts';
export { redact } from './credentials/redact.ts';
export { type CredentialSources, resolveCredential } from './credentials/resolve-credential.ts';
export { Secret } from './credentials/secret.ts';
export { createGate, type Gate, type GateStep } from './gate/gate.ts';
export { schemaStep } from './gate/schema-step.ts';
export { JsonlJournal } from './journal/jsonl-journal.ts';
export { MemoryJournal } from './journal/memory-journal.ts';
export { createModelRegistry, type ModelRegistry } from './models/model-registry.ts';
export { createOfflineProvider } from './models/offline/offline-provider.ts';
export type { EffectProfile, NodeProfile, Profile, Span, TaskProfile, Timing } from './profile/profile.ts';
export { profileOf } from './profile/profile-of.ts';
export {
  createDriver,
  type DriveOptions,
  type Driver,
  type DriverPorts,
  firstEvent,
  type RunHandle,
  type StartOptions,
} from './run/driver.ts';
export { foldJournal } from './run/fold-journal.ts';
export { type PreparedWorkflow, prepareWorkflow } from './run/prepare.ts';
export { type Difference, type Recomputation, recompute } from './run/recompute.ts';
export { type Parked, type RunResult, resultOf as runResultOf } from './run/run-result.ts';
export { readWorkflowDirectory } from './workflows/read-workflow-directory.ts';
export { FileWorkflowStore, MemoryWorkflowStore } from './workflows/workflow-store.ts';
