import { join } from 'node:path';
import { installedVersions } from '../shared/installed-versions.ts';
import type { Contender, Peer, PeerScenario } from './contender.ts';

/** The engines that we compare with, and the exact versions that are installed. */
export interface Peers {
  versions: Record<string, string>;
  contenders(scenario: PeerScenario): Contender[];
}

const folder = join(import.meta.dirname, 'peers');
const packages = ['@mastra/core', '@langchain/langgraph'];

/** What to say when the peers are missing. */
export const howToInstallPeers = 'The peers are not installed: npm install --prefix bench/engine/peers';

/** No peers: ours and the floor alone. */
export const noPeers: Peers = { versions: {}, contenders: () => [] };

/** The peers in `peers/`, or undefined if they are not installed. */
export async function loadPeers(): Promise<Peers | undefined> {
  const versions = await installedVersions(folder, packages);
  if (!versions) return undefined;
  // Their types are not there when they are not installed, so these modules stay outside the project's type check.
  const modules: { peer: Peer }[] = await Promise.all(['mastra', 'langgraph'].map((name) => import(join(folder, `${name}.ts`))));
  return {
    versions,
    contenders: (scenario) => modules.flatMap(({ peer }) => peer.contenders(scenario)),
  };
}
