/* A process that opens the store in the directory it is given and asks it something; prints how long that took since the process began. */
import { enableCompileCache } from 'node:module';

enableCompileCache(process.argv[3]); // as the command line does
const begin = performance.now();
const { openStore } = await import('@espalier/store');
const store = await openStore({ location: { directory: process.argv[2] ?? '' } });
await store.tenant('default').countRuns();
process.stdout.write(JSON.stringify({ opened: performance.now() - begin, process: performance.now() }));
await store.close();
