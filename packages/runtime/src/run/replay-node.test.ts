import { describe, expect, it } from 'vitest';
import { createGate } from '../gate/gate.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { replayNode } from './replay-node.ts';
import { chain, prepareSample } from './testing/sample-workflow.ts';
import { scriptedModel } from './testing/scripted-model.ts';
import { driverOn, engineVersion } from './testing/test-driver.ts';

const modules = { 'handlers/work.ts': 'export const work = (input) => ({ ...input, worked: true });' };

async function recorded(sample: Parameters<typeof prepareSample>[0], answers: string[] = []) {
  const model = scriptedModel(answers);
  const prepared = await prepareSample(sample, [model]);
  const journal = new MemoryJournal();
  await driverOn(journal).start(prepared, { run: 'run-1', input: { n: 1 }, engineVersion }).ended;
  const events = await journal.read('run-1');
  const seqOf = (node: string) => events.find((event) => event.type === 'node.completed' && event.payload.node === node)?.seq ?? 0;
  return { model, prepared, events, seqOf };
}

describe('ENG-I replaying one node', () => {
  it('of pure work performs it again', async () => {
    const nodes = [{ id: 'double', handler: 'transform', with: { expression: '{ "n": n * 2 }' } }];
    const { prepared, events, seqOf } = await recorded({ workflow: chain(nodes) });
    const replay = await replayNode(prepared, events, seqOf('double'));
    expect(replay).toMatchObject({ task: 'root', node: 'double', input: { n: 1 }, calls: [], isSame: true });
    expect(replay.replayed).toEqual({ outcome: 'success', output: { n: 2 } });
  });

  it('of an agent gives it the recorded answers, and asks no model', async () => {
    const agents = [{ id: 'writer', llm: 'script/any', prompt: 'Write.' }];
    const { model, prepared, events, seqOf } = await recorded({ workflow: chain([{ id: 'ask', agent_id: 'writer' }]), agents }, [
      '{"text": "hello"}',
    ]);
    const { length } = model.requests;
    const replay = await replayNode(prepared, events, seqOf('ask'));
    expect(replay).toMatchObject({ isSame: true, calls: [{ kind: 'model', target: 'script/any', outcome: 'success' }] });
    expect(model.requests).toHaveLength(length);
  });

  it('shows what a node does differently today: another result, or another call', async () => {
    const before = await recorded({ workflow: chain([{ id: 'work', handler: './handlers/work.ts#work' }]), modules });
    const seq = before.seqOf('work');
    const other = await prepareSample({
      workflow: chain([{ id: 'work', handler: './handlers/work.ts#work', with: { more: 1 } }]),
      modules,
    });
    expect(await replayNode(other, before.events, seq)).toMatchObject({ isSame: false, replayed: { error: { code: 'journal.diverged' } } });
    const pure = await prepareSample({ workflow: chain([{ id: 'work', handler: 'transform', with: { expression: '1' } }]) });
    expect(await replayNode(pure, before.events, seq)).toMatchObject({
      isSame: false,
      recorded: { output: { n: 1, worked: true } },
      replayed: { output: 1 },
    });
  });

  it('gives it the refusals that it was given', async () => {
    const prepared = await prepareSample({ workflow: chain([{ id: 'work', handler: './handlers/work.ts#work' }]), modules });
    const journal = new MemoryJournal();
    const fault = { code: 'effect.withheld', message: 'not now' } as const;
    const gate = createGate([{ name: 'never', admit: () => ({ step: 'never', decision: 'deny', fault }) }]);
    await driverOn(journal, { gate }).start(prepared, { run: 'run-1', input: { n: 1 }, engineVersion }).ended;
    const events = await journal.read('run-1');
    const seq = events.find((event) => event.type === 'node.completed' && event.payload.node === 'work')?.seq ?? 0;
    expect(await replayNode(prepared, events, seq)).toMatchObject({
      isSame: true,
      calls: [{ kind: 'handler', outcome: 'failure' }],
      replayed: { error: { code: 'effect.withheld' } },
    });
  });

  it('is refused where no node completed', async () => {
    const { prepared, events } = await recorded({ workflow: chain([{ id: 'one' }]) });
    await expect(replayNode(prepared, events, 1)).rejects.toMatchObject({ code: 'input.invalid' });
  });
});
