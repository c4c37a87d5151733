import type { Json, TimedEvent } from '@espalier/core';

/** `count` valid events for tests of journals, one millisecond apart from `at` on. */
export function sampleEvents(count: number, at = 1_700_000_000_000): TimedEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    type: 'node.started' as const,
    payload: { task: 'root', node: `node_${index}` },
    at: at + index,
  }));
}

/** A valid event that carries `output`. */
export function outputEvent(output: Json, at = 1_700_000_000_000): TimedEvent {
  return { type: 'node.completed', payload: { task: 'root', node: 'draft', outcome: 'success', output }, at };
}
