export type { CredentialStatus, RunHandle, RunResult } from '@espalier/runtime';
export {
  type EffectProfile,
  type NodeProfile,
  type Profile,
  profileOf,
  type Span,
  type TaskProfile,
  type Timing,
} from '@espalier/runtime';
export type { EventHandler, Following, FollowOptions, HorizonStatus, LogEvent, LogStatus, ReaderStatus } from '@espalier/store';
export type { ListedRun, RunEntry, RunList } from './delivery/delivery.ts';
export type { Worker, WorkerOptions } from './durable/worker.ts';
export { engineVersion } from './engine-version.ts';
export { type MigrationReport, migrateDatabase, type SchemaMove } from './migrate-database.ts';
export { openPlatform } from './open-platform.ts';
export type { CredentialEnvironment, OpenWorkflow, Platform, PlatformOptions, RunOptions, RunReport, RunVerification } from './platform.ts';
