/* Follows the log on PostgreSQL until it is killed, and writes down what it is handed. */
import { openStore } from '@espalier/store';
import { readInto } from './read-into.ts';
import { type ReaderSettings, readSettings, sayReady } from './settings.ts';

const { databaseUrl, seen, diesAfter } = readSettings<ReaderSettings>();
const store = await openStore({ location: { url: databaseUrl, connections: 2 } });
store.system().follow('torture', readInto(seen, diesAfter), { batch: 50, leaseMs: 600, pollMs: 100 });
sayReady();
