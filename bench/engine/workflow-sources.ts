import type { SourceFile } from '@espalier/core';
import { fanOutWidth } from './contender.ts';

interface NodeSource {
  id: string;
  role: string;
  [key: string]: unknown;
}

/** The files of a workflow under construction. */
interface Draft {
  nodes: NodeSource[];
  edges: { from: string; to: string }[];
}

/** What every no-op step does. */
export interface StepSource {
  schema_out?: 'state';
  handler?: string;
}

const stateSchema = {
  type: 'object',
  properties: { topic: { type: 'string', minLength: 1 }, count: { type: 'integer', minimum: 0 } },
  required: ['topic', 'count'],
  additionalProperties: false,
};

/** A start, `steps` linear nodes in a row, an exit. */
export function chainSources(steps: number, step: StepSource): SourceFile[] {
  const draft = startedDraft();
  let last = 'start';
  for (let index = 0; index < steps; index += 1) last = append(draft, last, { id: `step_${index}`, role: 'linear', ...step });
  return finished(draft, last);
}

/** A split onto 50 edges with one node each, and a merge of all. */
export function fanOutSources(step: StepSource): SourceFile[] {
  const draft = startedDraft();
  append(draft, 'start', { id: 'split', role: 'split' });
  draft.nodes.push({ id: 'merge', role: 'merge', merge: { strategy: 'all', closes: 'split' } });
  for (let index = 0; index < fanOutWidth; index += 1) {
    append(draft, 'split', { id: `step_${index}`, role: 'linear', ...step });
    draft.edges.push({ from: `step_${index}`, to: 'merge' });
  }
  return finished(draft, 'merge');
}

/** A split over a list, one node that every item goes through, and a merge of all. */
export function fanOutOverDataSources(step: StepSource): SourceFile[] {
  const draft = startedDraft();
  append(draft, 'start', { id: 'split', role: 'split', split: { over: 'items' } });
  append(draft, 'split', { id: 'step', role: 'linear', ...step });
  append(draft, 'step', { id: 'merge', role: 'merge', merge: { strategy: 'all', closes: 'split' } });
  return finished(draft, 'merge');
}

/** Nodes of one diamond: a branch, two arms, a merge. */
export const diamondSize = 4;

/** `diamonds` times a branch with two arms and the merge that closes it. */
export function diamondSources(diamonds: number, step: StepSource): SourceFile[] {
  const draft = startedDraft();
  let last = 'start';
  for (let index = 0; index < diamonds; index += 1) {
    const [branch, left, right, merge] = [`branch_${index}`, `left_${index}`, `right_${index}`, `merge_${index}`];
    append(draft, last, { id: branch, role: 'branch' });
    append(draft, branch, { id: left, role: 'linear', ...step });
    append(draft, branch, { id: right, role: 'linear', ...step });
    // The reducer `list` would nest the value one level deeper in every diamond.
    last = append(draft, left, { id: merge, role: 'merge', merge: { strategy: 'all', closes: branch, reducer: 'last' } });
    draft.edges.push({ from: right, to: merge });
  }
  return finished(draft, last);
}

/** Branches inside one another, each with one arm that ends in its merge: the deepest nesting of scopes. */
export function nestedSources(depth: number, step: StepSource): SourceFile[] {
  const draft = startedDraft();
  let last = 'start';
  for (let index = 0; index < depth; index += 1) last = append(draft, last, { id: `branch_${index}`, role: 'branch' });
  last = append(draft, last, { id: 'innermost', role: 'linear', ...step });
  for (let index = depth - 1; index >= 0; index -= 1) {
    const merge = append(draft, last, { id: `merge_${index}`, role: 'merge', merge: { strategy: 'all', reducer: 'last' } });
    append(draft, `branch_${index}`, { id: `arm_${index}`, role: 'linear', ...step });
    draft.edges.push({ from: `arm_${index}`, to: merge });
    last = merge;
  }
  return finished(draft, last);
}

/** Splits over data behind one another that no merge closes. */
export function openSplitSources(count: number): SourceFile[] {
  const draft = startedDraft();
  let last = 'start';
  for (let index = 0; index < count; index += 1)
    last = append(draft, last, { id: `split_${index}`, role: 'split', split: { over: 'items' } });
  return finished(draft, last);
}

function startedDraft(): Draft {
  return { nodes: [{ id: 'start', role: 'start', default_start: true }], edges: [] };
}

function append(draft: Draft, from: string, node: NodeSource): string {
  draft.nodes.push(node);
  draft.edges.push({ from, to: node.id });
  return node.id;
}

function finished(draft: Draft, last: string): SourceFile[] {
  append(draft, last, { id: 'exit', role: 'exit' });
  const nodes = draft.nodes.map((node) => ({ kind: 'deterministic', ...node }));
  return [
    { path: 'workflow.json', text: JSON.stringify({ id: 'bench', nodes, edges: draft.edges }) },
    { path: 'schemas/state.json', text: JSON.stringify(stateSchema) },
  ];
}
