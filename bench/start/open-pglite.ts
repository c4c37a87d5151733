/* The floor: a process that opens the same directory with PGlite as it comes, and asks it something. */
import { enableCompileCache } from 'node:module';

enableCompileCache(process.argv[3]);
const begin = performance.now();
const { PGlite } = await import('@electric-sql/pglite');
const pglite = await PGlite.create({ dataDir: process.argv[2] ?? '' });
await pglite.query('select count(*) from espalier.runs');
process.stdout.write(JSON.stringify({ opened: performance.now() - begin, process: performance.now() }));
await pglite.close();
