import { describe, expect, it } from 'vitest';
import { chain, compileSample, prepareWith } from '../run/testing/sample-workflow.ts';
import { begin, turns } from '../run/testing/test-driver.ts';
import { seqOf } from './event-reference.ts';
import { type RecordedRun, stateAt } from './state-point.ts';

/** A run whose node `slow` is still under way. */
async function underWay(): Promise<RecordedRun> {
  const workflow = compileSample({ workflow: chain([{ id: 'quick' }, { id: 'slow' }]) });
  const prepared = prepareWith(workflow, { slow: () => new Promise(() => {}) });
  const { handle, journal } = begin(prepared, { text: 'hello' });
  handle.ended.catch(() => {});
  await turns(10);
  return { run: 'run-1', workflow, history: await journal.read('run-1') };
}

describe('ENG-T1 an event of a run', () => {
  it('is named by its number, from the end, or by the node that completed with it', async () => {
    const recorded = await underWay();
    const last = recorded.history.length;
    expect([seqOf(recorded, '1'), seqOf(recorded, '-1'), seqOf(recorded, '-2')]).toEqual([1, last, last - 1]);
    const seq = seqOf(recorded, 'node:quick');
    expect(recorded.history[seq - 1]).toMatchObject({ type: 'node.completed', payload: { node: 'quick' } });
    expect(seqOf(recorded, 'node:quick@root')).toBe(seq);
    expect(stateAt(recorded, seqOf(recorded, 'before:quick'))).toMatchObject({
      state: { tasks: { root: { at: 'quick', phase: 'ready' } } },
    });
    expect(stateAt(recorded, seqOf(recorded, 'before:slow'))).toMatchObject({ state: { tasks: { root: { at: 'slow', phase: 'ready' } } } });
    expect(stateAt(recorded, seq)).toMatchObject({ seq, event: { node: 'quick', task: 'root' }, state: { ready: ['root'] } });
  });

  it.each([
    ['0', 'has the events 1 to'],
    ['99', 'there is no event 99'],
    ['-99', 'there is no event -99'],
    ['1.5', 'Expected an event such as 12, -1 (the last), node:<id> or before:<id>, not "1.5".'],
    ['node:', 'Expected an event such as'],
    ['node:slow', 'Node slow has not completed in run run-1; it began at event'],
    ['node:quik', 'Node quik was not performed in run run-1. Did you mean quick?'],
    ['node:quick@root/x.0', 'Node quick of task root/x.0 was not performed in run run-1.'],
  ])('%s is refused: %s', async (reference, message) => {
    const recorded = await underWay();
    expect(() => seqOf(recorded, reference)).toThrow(message);
  });
});
