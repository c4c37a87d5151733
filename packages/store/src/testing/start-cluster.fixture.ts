/* Run by a test as a second process: starts a cluster, says where it is, and waits to be killed. */
import { startPostgresCluster } from './postgres-cluster.ts';

const cluster = await startPostgresCluster({ fsync: 'on' });
process.stdout.write(`${cluster.url('postgres')}\n`);
setInterval(() => undefined, 60_000);
