import type { Json } from '../../wire/json.ts';
import type { NodeResult } from '../complete.ts';
import type { Task } from '../state.ts';
import { type Choices, seeded } from './random-graph.ts';
import type { World } from './simulate.ts';

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
