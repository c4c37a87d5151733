export { engineVersion } from './engine-version.ts';
export { openPlatform } from './open-platform.ts';
export type { OpenWorkflow, Platform, PlatformOptions, RunOptions, RunReport, RunVerification } from './platform.ts';
