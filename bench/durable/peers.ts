import { join } from 'node:path';
import { installedVersions } from '../shared/installed-versions.ts';
import type { Contender, Kind, Peer } from './contender.ts';

/** The engines that we compare with, and the exact versions that are installed. */
export interface Peers {
  versions: Record<string, string>;
  contenders(kind: Kind): Contender[];
}

const folder = join(import.meta.dirname, 'peers');
const packages = ['@mastra/core', '@mastra/pg', '@langchain/langgraph', '@langchain/langgraph-checkpoint-postgres'];

/** What to say when the peers are missing. */
export const howToInstallPeers = 'The peers are not installed: npm install --prefix bench/durable/peers';

/** No peers: the floor, and ours. */
export const noPeers: Peers = { versions: {}, contenders: () => [] };

/** The peers in `peers/`, or undefined if they are not installed. */
export async function loadPeers(): Promise<Peers | undefined> {
  const versions = await installedVersions(folder, packages);
  if (!versions) return undefined;
  // Their types are not there when they are not installed, so these modules stay outside the project's type check.
  const modules: { peer: Peer }[] = await Promise.all(['mastra', 'langgraph'].map((name) => import(join(folder, `${name}.ts`))));
  return { versions, contenders: (kind) => modules.flatMap(({ peer }) => peer.contenders(kind)) };
}
