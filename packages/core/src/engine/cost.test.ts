import { describe, expect, it } from 'vitest';
import type { Graph } from '../graph/graph.ts';
import type { MergeManifest } from '../manifest/shapes/workflow.ts';
import { drawGraph } from './testing/draw-graph.ts';
import { mergeNote, overItems } from './testing/notes.ts';
import { simulate } from './testing/simulate.ts';

/** How often a run asks whether a node reaches a merge, per task. */
function questionsPerTask(graph: Graph, width: number): number {
  let asked = 0;
  const counting: Graph = {
    ...graph,
    reaches: (node, merge) => {
      asked += 1;
      return graph.reaches(node, merge);
    },
  };
  const items = Array.from({ length: width }, (_, index) => index);
  const world = { concurrency: 8, pick: () => 0, result: () => ({ outcome: 'success', output: { items } }) as const };
  const { state } = simulate(counting, world, { input: { items } });
  expect(state.status).toBe('completed');
  return asked / state.tasks.size;
}

const width = 2000;
const arms = Array.from({ length: width }, (_, index) => `branch > a${index} > merge`).join(';');

describe('S8 the engine’s cost follows what an event affects, not how much there is', () => {
  const strategies: Partial<MergeManifest>[] = [{ strategy: 'all' }, { strategy: 'any' }, { strategy: 'quorum', quorum: width / 2 }];
  for (const merge of strategies) {
    it(`a branch of ${width} arms into ${merge.strategy}`, () => {
      const graph = drawGraph(`start > branch; ${arms}; merge > exit`, mergeNote('merge', merge));
      expect(questionsPerTask(graph, width)).toBeLessThan(8);
    });

    it(`a split of ${width} items into ${merge.strategy}`, () => {
      const notes = { ...overItems('split'), ...mergeNote('merge', merge) };
      expect(questionsPerTask(drawGraph('start > split > a > merge > exit', notes), width)).toBeLessThan(8);
    });
  }

  it(`a branch inside each of ${width} items`, () => {
    const graph = drawGraph('start > split > branch > a, b > merge_in > merge > exit', overItems('split'));
    expect(questionsPerTask(graph, width)).toBeLessThan(20);
  });
});
