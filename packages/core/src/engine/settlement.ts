import type { MergeManifest } from '../manifest/shapes/workflow.ts';
import type { Outcome } from '../wire/events.ts';
import type { Group } from './state.ts';

/**
 * What is due for a group of clones or subtasks: its merge fires, its parent ends, or (undefined) nothing yet. It depends on counts
 * alone, never on the order of arrival; `first`, `any`, `quorum` and unmerged branches see the order through what has arrived so far.
 */
export function settlementOf(group: Group): 'fire' | 'end' | undefined {
  if (group.closed) return undefined;
  if (group.closer) {
    if (isMet(group, mergeOf(group))) return 'fire';
    if (group.pending > 0) return undefined;
    if (group.arrived.size > 0 || isEmpty(group)) return 'fire';
    // Nobody arrived and nobody can: the merge does not fire, and the group ends like an unmerged one (S18).
  }
  if (group.as === 'clones' && group.winner) return 'end';
  return group.live === 0 ? 'end' : undefined;
}

/** The outcome with which the group's merge fires; `failure` fails the merge node. */
export function mergeOutcome(group: Group): Outcome {
  const merge = mergeOf(group);
  if (isEmpty(group)) return 'success';
  const arrivedPartly = [...group.arrived].some((task) => task.outcome === 'partial');
  if (merge.strategy === 'first') return arrivedPartly || group.arrived.size < 1 ? 'partial' : 'success';
  const enough = isMet(group, merge) || (merge.strategy === 'all' && group.failed.length === 0);
  if (!enough && merge.on_failure === 'fail') return 'failure';
  if (!enough && merge.on_failure === 'partial') return 'partial';
  return arrivedPartly ? 'partial' : 'success';
}

/** Whether the strategy is satisfied before everybody has ended; `all` never is. */
function isMet(group: Group, { strategy, quorum = 1 }: MergeManifest): boolean {
  switch (strategy) {
    case 'any':
      return group.arrived.size > 0;
    case 'first':
      return group.arrived.size + group.failed.length > 0;
    case 'quorum':
      return group.arrived.size >= quorum;
    case 'all':
      return false;
  }
}

/** A split over an empty list completes at once. */
function isEmpty(group: Group): boolean {
  return group.live === 0 && group.children.length === 0;
}

const defaultMerge: MergeManifest = { strategy: 'all', on_failure: 'fail', reducer: 'list' };

function mergeOf(group: Group): MergeManifest {
  return group.closer?.manifest.merge ?? defaultMerge;
}
