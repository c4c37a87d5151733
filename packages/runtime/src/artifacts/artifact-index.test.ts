import { createHash } from 'node:crypto';
import type { EngineEvent, JournalEvent } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { artifactsOf } from './artifact-index.ts';

const where = { task: 'root', node: 'draft' };
const file = { ...where, type: 'file', name: 'notes.md', hash: 'f'.repeat(64), size: 12, media_type: 'text/markdown' } as const;

function journal(...events: EngineEvent[]): JournalEvent[] {
  return events.map((event, index) => ({ ...event, at: index, seq: index + 1 }));
}

function started(key: string, attempt: number, kind: 'tool' | 'model', target: string): EngineEvent {
  return { type: 'effect.started', payload: { ...where, key, try: attempt, kind, target, input_hash: 'h', verdicts: [] } };
}

describe('the index of artifacts (ENG-A)', () => {
  it('lists files, tool results and node outputs in the order of the journal', () => {
    const entries = artifactsOf(
      journal(
        started('r/root/draft/0', 1, 'tool', 'write_file'),
        { type: 'effect.completed', payload: { ...where, key: 'r/root/draft/0', try: 1, outcome: 'success', output: { b: 'é', a: 1 } } },
        { type: 'artifact.stored', payload: file },
        { type: 'node.completed', payload: { ...where, outcome: 'success', output: null } },
      ),
    );
    const text = '{"a":1,"b":"é"}';
    const hash = createHash('sha256').update(text).digest('hex');
    expect(entries).toEqual([
      { ...where, type: 'tool_result', name: 'write_file', hash, size: 16, media_type: 'application/json', seq: 2 },
      { ...file, seq: 3 },
      expect.objectContaining({ type: 'node_output', name: 'draft', size: 4, seq: 4 }),
    ]);
  });

  it('leaves out model answers, failures without output, nodes that left the value as it was, and outcomes of unknown calls', () => {
    const failed = { code: 'tool.failed', message: 'no' } as const;
    const entries = artifactsOf(
      journal(
        started('k', 1, 'model', 'offline/outline'),
        { type: 'effect.completed', payload: { ...where, key: 'k', try: 1, outcome: 'success', output: 'text' } },
        started('t', 1, 'tool', 'read_file'),
        { type: 'effect.completed', payload: { ...where, key: 't', try: 1, outcome: 'failure', error: failed } },
        { type: 'effect.completed', payload: { ...where, key: 't', try: 2, outcome: 'success', output: 'of a try that never started' } },
        { type: 'node.completed', payload: { ...where, outcome: 'success' } },
      ),
    );
    expect(entries).toEqual([]);
  });

  it('gives equal values the same hash whatever the order of their keys', () => {
    const [first, second] = artifactsOf(
      journal(
        { type: 'node.completed', payload: { ...where, outcome: 'success', output: { a: 1, b: 2 } } },
        { type: 'node.completed', payload: { ...where, outcome: 'partial', output: { b: 2, a: 1 } } },
      ),
    );
    expect(first?.hash).toBe(second?.hash);
  });
});
