/* For tests: programs of one effect that do as they are told. */
import type { EffectResult, Json } from '@espalier/core';
import { Permit } from '../../gate/permit.ts';
import type { NodeProgram, NodeScope } from '../../ports/node-program.ts';

type Work = (signal: AbortSignal, scope: NodeScope) => Json | Promise<Json>;

/** Performs one effect of a scope. What the work throws is the failure of the effect. */
export function probe(scope: NodeScope, work: Work, options: { idempotent?: boolean; input?: Json } = {}): Promise<EffectResult> {
  return scope.effect({
    kind: 'handler',
    target: 'probe',
    input: options.input ?? null,
    idempotent: options.idempotent ?? false,
    async perform(permit, signal) {
      Permit.redeem(permit, 'handler', 'probe');
      return { outcome: 'success', output: await work(signal, scope) };
    },
  });
}

/** A node that is one effect. */
export function probeProgram(work: Work, options: { idempotent?: boolean } = {}): NodeProgram {
  return (scope) => probe(scope, work, options);
}

/** Work that never ends and does not listen. */
export function deaf(): Promise<never> {
  return new Promise(() => {});
}

/** Work that ends only when it is told to stop. */
export function obedient(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
