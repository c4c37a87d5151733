import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Artifacts } from '@espalier/runtime/ports';
import { createClock } from './database/clock.ts';
import type { Database } from './database/database.ts';
import { type DatabaseLocation, openDatabase } from './database/open-database.ts';
import { type StoreParts, type SystemDoor, systemDoor } from './doors/system-door.ts';
import { type TenantDoor, tenantDoor } from './doors/tenant-door.ts';
import { ensureIncarnation } from './log/incarnation.ts';
import { migrateUp, requireCurrentSchema } from './migrations/migrate.ts';
import { expireLeases } from './runs/expire-leases.ts';
import { createSignals, type Signals } from './signals/signals.ts';

export interface StoreOptions {
  location: DatabaseLocation;
  /** How long after the last sign of life of a process others may take its runs. */
  leaseMs?: number;
  /** Where the journals of archived runs are kept; without, none can be archived, nor read if it was. */
  artifacts?: Artifacts;
}

/** The data of a platform, on PostgreSQL or embedded. There are two ways to it (S15). */
export interface Store {
  readonly engine: Database['engine'];
  readonly signals: Signals;
  tenant(id: string): TenantDoor;
  system(): SystemDoor;
  close(): Promise<void>;
}

const defaultLeaseMs = 15_000;
/** No statement of a running platform takes so long; a migration may. Without a limit a silent network holds up everything for a quarter of an hour. */
const answerMs = 30_000;

/**
 * Opens the data. An embedded database is made and migrated if need be; a served one has to be migrated already.
 * @throws EspalierError `database.*`, `storage.failed`.
 */
export async function openStore({ location, leaseMs = defaultLeaseMs, artifacts }: StoreOptions): Promise<Store> {
  const database = await openDatabase('url' in location ? { answerMs, ...location } : location);
  try {
    await (database.engine === 'pglite' ? ownDatabase(database) : requireCurrentSchema(database));
    return await storeOn(database, { leaseMs, artifacts });
  } catch (thrown) {
    await database.close().catch(() => {});
    throw thrown;
  }
}

/** Nobody else can have it open: this process brings it up to date, and who had runs here before is gone. */
async function ownDatabase(database: Database): Promise<void> {
  await migrateUp(database);
  await expireLeases(database);
}

async function storeOn(database: Database, { leaseMs, artifacts }: Pick<StoreParts, 'leaseMs' | 'artifacts'>): Promise<Store> {
  const owner = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  await ensureIncarnation(database);
  const signals = await createSignals(database, owner);
  const clock = await createClock(database);
  const system = systemDoor({ database, signals, owner, leaseMs, artifacts, clock });
  return {
    engine: database.engine,
    signals,
    tenant: (id) => tenantDoor({ database, signals, artifacts }, id),
    system: () => system,
    async close() {
      await signals.close();
      await database.close();
    },
  };
}
