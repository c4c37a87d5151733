export type { DatabaseLocation } from './database/open-database.ts';
export type { SystemDoor } from './doors/system-door.ts';
export type { RunRow, TenantDoor } from './doors/tenant-door.ts';
export type { StoreJournal } from './journal/store-journal.ts';
export type { SchemaStatus } from './migrations/migrate.ts';
export { migrate } from './migrations/migrate-location.ts';
export { openStore, type Store, type StoreOptions } from './open-store.ts';
export type { Claim, KeptRun, RunRef } from './runs/ownership.ts';
export type { ChangedStreams, Signals } from './signals/signals.ts';
