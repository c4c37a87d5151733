import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from '@espalier/platform';
import type { SystemDoor } from '@espalier/store';
import type { Ledger } from '../ledger.ts';
import type { Workflows } from '../outsider.ts';
import type { WorkerSettings } from '../processes/settings.ts';
import type { Torment } from '../torture.ts';

/** Of a query whose connection is cut. */
const attempts = 10;

/** What the parts of the torture share. */
export interface Scene extends Torment {
  databaseUrl: string;
  ledger: Ledger;
  platform: Platform;
  workflows: Workflows;
  door: SystemDoor;
  /** Runs whose submission was acknowledged. */
  acknowledged: string[];
  settings: WorkerSettings;
}

/** Runs that have not ended. */
export async function runsUnderWay({ door }: Scene) {
  const query = door.kysely.selectFrom('espalier.runs').select(['run', 'status']).where('ended_at', 'is', null);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await query.execute();
    } catch (thrown) {
      if (attempt === attempts) throw thrown;
      await sleep(50); // the connection was cut, and the pool may not have heard of it yet
    }
  }
}
