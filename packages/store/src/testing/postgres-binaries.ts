import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const oldestSupported = 15;
/** Where Debian keeps the programs that are not on its PATH. */
const debianRoot = '/usr/lib/postgresql';

/** An installed PostgreSQL server: the directory of its programs, and its major version. */
export interface PostgresBinaries {
  directory: string;
  version: number;
}

/** The newest PostgreSQL server of this machine that is not too old; undefined if there is none. */
export async function findPostgres(searchPath = process.env.PATH ?? ''): Promise<PostgresBinaries | undefined> {
  const onDebian = (await readdir(debianRoot).catch(() => [])).map((version) => join(debianRoot, version, 'bin'));
  const places = [...searchPath.split(delimiter).filter(Boolean), ...onDebian];
  const found = await Promise.all(places.map(examine));
  return found.filter((binaries) => binaries !== undefined && binaries.version >= oldestSupported).sort(newestFirst)[0];
}

/** A link to one program may stand alone on the PATH: the others are beside what it points to. */
async function examine(place: string): Promise<PostgresBinaries | undefined> {
  try {
    const directory = dirname(await realpath(join(place, 'postgres')));
    await Promise.all([realpath(join(directory, 'initdb')), realpath(join(directory, 'pg_ctl'))]);
    const { stdout } = await run(join(directory, 'postgres'), ['--version']);
    return { directory, version: Number(/ (\d+)/.exec(stdout)?.[1] ?? 0) };
  } catch {
    return undefined;
  }
}

function newestFirst(a: PostgresBinaries | undefined, b: PostgresBinaries | undefined): number {
  return (b?.version ?? 0) - (a?.version ?? 0);
}
