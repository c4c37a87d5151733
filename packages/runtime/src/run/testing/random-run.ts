/* For tests: random workflows whose nodes have effects that are counted. */
import { compileWorkflow, type EffectKind, type Json, type NodeResult } from '@espalier/core';
import { hashText, randomWorkflow, seeded } from '@espalier/core/testing';
import { Permit } from '../../gate/permit.ts';
import type { NodeProgram, NodeScope } from '../../ports/node-program.ts';
import type { PreparedWorkflow } from '../prepare.ts';
import { prepareWith } from './sample-workflow.ts';

/** What the world saw of the effects of a run, by key. */
export interface Performances {
  /** How often each effect was really performed. */
  readonly counts: Map<string, number>;
  /** The keys of effects that may not be performed twice. */
  readonly once: Set<string>;
  inFlight: number;
  /** The most effects that were in flight at once. */
  peak: number;
}

export function noPerformances(): Performances {
  return { counts: new Map(), once: new Set(), inFlight: 0, peak: 0 };
}

interface RandomRunOptions {
  size: number;
  concurrency: number;
  /** How long the waits are that a quarter of the effects give way to, at most; default: no waits. */
  waitsMs?: number;
}

/**
 * A random workflow in which about a third of the nodes are pure, and the others have one to three effects in turn, some of which may
 * not be repeated. Results depend on the seed, the task and the node alone.
 */
export function randomRun(seed: number, options: RandomRunOptions, seen: Performances): PreparedWorkflow {
  const draft = randomWorkflow(seeded(seed), options.size);
  // Programs take the place of every handler; the manifest of a decision has to name one all the same.
  const nodes = draft.nodes.map((node) => (node.role === 'decision' ? { ...node, handler: 'decide', with: { rules: [] } } : node));
  const text = JSON.stringify({ id: 'random', concurrency: options.concurrency, nodes, edges: draft.edges });
  const compiled = compileWorkflow([{ path: 'workflow.json', text }], { folder: 'random' });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const programs = compiled.workflow.graph.nodes.map(({ id }) => [id, program(seed, options.waitsMs, seen)] as const);
  const prepared = prepareWith(compiled.workflow, Object.fromEntries(programs));
  const mixed = prepared.nodes.map((node, index) => {
    const at = compiled.workflow.graph.nodes[index];
    if (!at || hashText(`${seed} ${at.id}`) % 3 > 0) return node;
    return { ...node, work: { now: (_input: Json, task: string) => resultOf(seed, task, at) } };
  });
  return { ...prepared, nodes: mixed };
}

type Place = Pick<NodeScope['node'], 'id' | 'role' | 'out'>;

function resultOf(seed: number, task: string, { id, role, out }: Place): NodeResult {
  const own = seeded(seed ^ hashText(`${task}@${id}`));
  const dice = own.below(20);
  if (dice < 2) return { outcome: 'failure', error: { code: 'node.handler_failed', message: 'as drawn' } };
  const output = { items: Array.from({ length: own.below(4) }, (_, index) => index), from: `${task}@${id}` };
  if (role === 'decision') return { outcome: 'success', output: { ...output, selected_edge: `l${own.below(out.length)}` } };
  return { outcome: dice === 19 ? 'partial' : 'success', output };
}

const kinds: readonly EffectKind[] = ['handler', 'tool', 'model'];

function program(seed: number, waitsMs: number | undefined, seen: Performances): NodeProgram {
  return async (scope) => {
    const place = `${scope.task}/${scope.node.id}`;
    const count = 1 + (hashText(`${seed} ${place}`) % 3);
    for (let ordinal = 0; ordinal < count; ordinal += 1) {
      // Drawn anew for every effect: what a resumed program asks for must not depend on what was performed before.
      const own = seeded(seed ^ hashText(`${place}/${ordinal}`));
      const kind = kinds[own.below(3)] ?? 'tool';
      const idempotent = own.below(3) > 0;
      const length = own.below(3);
      if (waitsMs !== undefined && own.below(4) === 0) {
        const ms = own.below(waitsMs + 1);
        await scope.wait({ input: { place, ordinal }, dueAt: (now) => now + ms });
        continue;
      }
      const result = await scope.effect({
        kind,
        target: 'probe',
        input: { place, ordinal },
        idempotent,
        perform: async (permit) => {
          Permit.redeem(permit, kind, 'probe');
          if (!idempotent) seen.once.add(`${scope.run}/${place}/${ordinal}`);
          await performed(seen, `${scope.run}/${place}/${ordinal}`, length);
          return { outcome: 'success', output: { place, ordinal } };
        },
      });
      if (result.outcome === 'failure') return result;
    }
    return resultOf(seed, scope.task, scope.node);
  };
}

async function performed(seen: Performances, key: string, turns: number): Promise<void> {
  seen.counts.set(key, (seen.counts.get(key) ?? 0) + 1);
  seen.inFlight += 1;
  seen.peak = Math.max(seen.peak, seen.inFlight);
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  seen.inFlight -= 1;
}
