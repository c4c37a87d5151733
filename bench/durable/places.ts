import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Place } from './measure.ts';
import type { PostgresServer } from './postgres-server.ts';

/** A database of `server` for each contender. */
export function postgresPlace({ cluster, readProgress }: PostgresServer): Place {
  let count = 0;
  const makeDatabase = async () => {
    count += 1;
    return cluster.createDatabase(`bench_${count}`);
  };
  return { makeDatabase, readProgress };
}

/** A directory in `disk` for each contender. */
export function pglitePlace(disk: string): Place {
  let count = 0;
  const makeDatabase = async () => {
    count += 1;
    const directory = join(disk, `pglite-${count}`);
    await mkdir(directory);
    return pathToFileURL(directory).href;
  };
  return { makeDatabase };
}
