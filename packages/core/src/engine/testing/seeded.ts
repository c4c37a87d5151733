import type { Json } from '../../wire/json.ts';
import type { NodeResult } from '../complete.ts';
import type { Task } from '../state.ts';
import type { Choices } from './random-graph.ts';
import type { World } from './simulate.ts';

/** Choices drawn from a seed: small, fast, and the same for the same seed (mulberry32). */
export function seeded(seed: number): Choices {
  let state = seed >>> 0;
  return {
    below(limit) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
    },
  };
}

/** A world in which nodes end in any order; of twenty, `failures` fail and one is partial. Decisions choose a label of theirs. */
export function seededWorld(seed: number, failures: number): World {
  const choices = seeded(seed);
  return {
    concurrency: 4,
    pick: (underWay) => choices.below(Math.max(1, underWay)),
    result: (task) => drawResult(choices, task, failures),
  };
}

function drawResult(choices: Choices, task: Task, failures: number): NodeResult {
  const dice = choices.below(20);
  if (dice < failures) return { outcome: 'failure', error: { code: 'node.handler_failed', message: 'as drawn' } };
  const items: Json = Array.from({ length: choices.below(4) }, (_, index) => index);
  const output: Json = { items, from: `${task.id}@${task.at.id}` };
  const label = task.at.role === 'decision' ? task.at.out[choices.below(task.at.out.length)]?.label : undefined;
  return { outcome: dice === 19 ? 'partial' : 'success', output: label === undefined ? output : { ...output, selected_edge: label } };
}
