import { faultOf, type GraphNode, type Json } from '@espalier/core';
import { Permit } from '../gate/permit.ts';
import type { EffectRequest, NodeProgram } from '../ports/node-program.ts';
import type { ConfiguredStore } from './configured-store.ts';
import { tokensOf } from './tokens-of.ts';

/**
 * Performs a node and then writes its output into a store. The write is an effect under the key that is the entry's id: a crash
 * repeats it, and the store keeps one. A node that fails leaves nothing; one whose output cannot be written fails.
 */
export function rememberingProgram(node: GraphNode, work: NodeProgram, store: ConfiguredStore): NodeProgram {
  return async (scope) => {
    const result = await work(scope);
    if (result.outcome === 'failure') return result;
    const { run, task, isFork } = scope;
    const source = { run, task, node: node.id, fork: isFork ? run : undefined };
    const written = await scope.effect(writeRequest(store, { tags: node.manifest.remember?.tags ?? [], value: result.output }, source));
    return written.outcome === 'failure' ? written : result;
  };
}

interface Source {
  run: string;
  task: string;
  node: string;
  fork: string | undefined;
}

function writeRequest({ backend, place, maxItems }: ConfiguredStore, kept: { tags: string[]; value: Json }, source: Source): EffectRequest {
  const target = place.project === '' ? place.store : `${place.store}/${place.project}`;
  const tokens = tokensOf(kept.value);
  return {
    kind: 'memory',
    target,
    input: { ...place, ...kept },
    idempotent: true,
    risk: 'low', // what a fork writes is its own until it is adopted
    perform: async (permit, _signal, key) => {
      Permit.redeem(permit, 'memory', target);
      const { fork, ...origin } = source;
      try {
        await backend.write(place, { id: key, ...origin, ...kept, tokens }, { maxItems, fork });
        return { outcome: 'success', output: { tokens } };
      } catch (thrown) {
        return { outcome: 'failure', error: faultOf(thrown, 'storage.failed') };
      }
    },
  };
}
