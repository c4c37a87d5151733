import type { Json } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import type { NodeProgram } from '../ports/node-program.ts';
import { foldJournal } from '../run/fold-journal.ts';
import { resultOf } from '../run/run-result.ts';
import { compileSample, prepareWith } from '../run/testing/sample-workflow.ts';
import { runToEnd } from '../run/testing/test-driver.ts';
import { type ComparedRun, compareRuns } from './compare-runs.ts';

const letter = {
  id: 'letter',
  nodes: [
    { id: 'begin', kind: 'deterministic', role: 'start', default_start: true },
    { id: 'draft', kind: 'deterministic', role: 'linear' },
    { id: 'each', kind: 'deterministic', role: 'split', split: { over: 'items' } },
    { id: 'check', kind: 'deterministic', role: 'linear' },
    { id: 'join', kind: 'deterministic', role: 'merge' },
    { id: 'choose', kind: 'deterministic', role: 'decision', handler: 'decide', with: { rules: [] } },
    { id: 'send', kind: 'deterministic', role: 'exit' },
    { id: 'burn', kind: 'deterministic', role: 'exit', always_fail: true },
  ],
  edges: [
    { from: 'begin', to: 'draft' },
    { from: 'draft', to: 'each' },
    { from: 'each', to: 'check' },
    { from: 'check', to: 'join' },
    { from: 'join', to: 'choose' },
    { from: 'choose', to: 'send', label: 'good' },
    { from: 'choose', to: 'burn', label: 'bad' },
  ],
};

interface Told {
  items?: Json[];
  text?: string;
  verdict?: string;
  id?: string;
}

/** A run of `letter` in which the nodes come to what the test says; `draft` asks a model. */
async function written({ items = [1, 2], text = 'Dear Ada', verdict = 'good', id = 'letter' }: Told = {}): Promise<ComparedRun> {
  const workflow = compileSample({ workflow: { ...letter, id } });
  const draft: NodeProgram = async (scope) => {
    const perform = async () => ({ outcome: 'success', output: { text, usage: { input_tokens: 7, output_tokens: 3 } } }) as const;
    await scope.effect({ kind: 'model', target: 'offline/text', input: null, idempotent: true, perform });
    return { outcome: 'success', output: { items, text } };
  };
  const choose: NodeProgram = async () => ({ outcome: 'success', output: verdict });
  const { events } = await runToEnd(prepareWith(workflow, { draft, choose }));
  return { workflow, history: events, result: resultOf('run-1', foldJournal(workflow, 'run-1', events)) };
}

describe('ENG-T2 two runs side by side', () => {
  it('take another output for a difference, and only another way for a parting', async () => {
    const { route, output } = compareRuns(await written(), await written({ text: 'Dear Bob', verdict: 'bad' }));
    expect(route.divergence).toMatchObject({
      task: 'root',
      index: 1,
      reason: 'output',
      left: { node: 'draft' },
      changes: [{ op: 'replace', path: '/text', before: 'Dear Ada', after: 'Dear Bob' }],
    });
    expect(route.parting).toMatchObject({ reason: 'label', left: { node: 'choose', label: 'good' }, right: { label: 'bad' } });
    expect(route.tasks.map(({ task, differing }) => [task, differing])).toEqual([
      ['root', [1, 4, 5]],
      ['root/each.0', []],
      ['root/each.1', []],
    ]);
    expect(output).toEqual([]);
  });

  it('say which tasks only one of them has', async () => {
    const { route } = compareRuns(await written(), await written({ items: [1, 2, 3], verdict: 'bad' }));
    expect(route.parting).toMatchObject({ task: 'root/each.2', reason: 'task', left: null, right: { node: 'check' } });
    expect(route.parting?.position).toBeLessThan(route.tasks[0]?.left?.steps.find(({ node }) => node === 'choose')?.position ?? 0);
    expect(route.tasks.at(-1)).toMatchObject({ task: 'root/each.2', left: null, right: { end: 'merged' } });
  });

  it('have outcome, time by node, calls and the tokens that providers counted side by side', async () => {
    const comparison = compareRuns(await written(), await written({ verdict: 'bad' }));
    expect(comparison).toMatchObject({
      left: { outcome: 'success', exit: 'send', tokens: { input: 7, output: 3 }, nodes: 8, tasks: 3 },
      right: { outcome: 'failure', exit: 'burn', tokens: { input: 7, output: 3 } },
      same_workflow: true,
      calls: [{ kind: 'model', target: 'offline/text', waits: false, left: { performed: 1, reused: 0 }, right: { performed: 1 } }],
    });
    expect(comparison.nodes.find(({ node }) => node === 'draft')).toMatchObject({ left: { completed: 1 }, right: { completed: 1 } });
    expect(comparison.nodes.find(({ node }) => node === 'send')).toMatchObject({ left: { total_ms: null }, right: null });
  });

  it('of different workflows are compared by the names of tasks and nodes, and said to be so', async () => {
    const comparison = compareRuns(await written(), await written({ id: 'other' }));
    expect(comparison).toMatchObject({ same_workflow: false, left: { workflow: 'letter' }, right: { workflow: 'other' } });
    expect(comparison.route.divergence).toBeNull();
  });
});
