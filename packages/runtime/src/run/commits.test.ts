import { createState, type EngineEvent, type JournalEvent, type Json, snapshot, stateVersion, type TimedEvent } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryArtifacts } from '../artifacts/memory-artifacts.ts';
import { createGate } from '../gate/gate.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { createOfflineProvider } from '../models/offline/offline-provider.ts';
import { foldJournal } from './fold-journal.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { RunLoop } from './run-loop.ts';
import { probeProgram } from './testing/probe-programs.ts';
import { noPerformances, randomRun } from './testing/random-run.ts';
import { chain, compileSample, fan, prepareSample, prepareWith } from './testing/sample-workflow.ts';
import { driverOn, engineVersion, payloadsOf, runToEnd, turns } from './testing/test-driver.ts';

/** A memory journal that keeps the border between commits. */
class CommitLog extends MemoryJournal {
  readonly commits: string[][] = [];

  override async append(run: string, expectedSeq: number, events: readonly TimedEvent[]): Promise<void> {
    this.commits.push(events.map(({ type }) => type));
    await super.append(run, expectedSeq, events);
  }
}

async function commitsOf(prepared: PreparedWorkflow): Promise<string[][]> {
  const journal = new CommitLog();
  await driverOn(journal).start(prepared, { run: 'run-1', input: {}, engineVersion }).ended;
  return journal.commits;
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `n${index}` }));

describe('commits', () => {
  it('S9 pure nodes ride along: a run of ten is one append', async () => {
    const commits = await commitsOf(await prepareSample({ workflow: chain(ids(10)) }));
    expect(commits).toHaveLength(1);
    expect(commits[0]).toHaveLength(15);
  });

  it('S9 the outcome of one effect and the start of the next ride in one commit', async () => {
    const workflow = compileSample({ workflow: chain(ids(5)) });
    const programs = Object.fromEntries(ids(5).map(({ id }) => [id, probeProgram(() => id)]));
    const commits = await commitsOf(prepareWith(workflow, programs));
    expect(commits).toHaveLength(6);
    for (const commit of commits.slice(1, -1)) {
      expect(commit).toEqual(['effect.completed', 'node.completed', 'node.started', 'effect.started']);
    }
  });

  it('S9 effects that start together start in one commit', async () => {
    const workflow = compileSample({ workflow: fan(ids(8)) });
    const programs = Object.fromEntries(ids(8).map(({ id }) => [id, probeProgram(() => id)]));
    const [first] = await commitsOf(prepareWith(workflow, programs));
    expect(first?.filter((type) => type === 'effect.started')).toHaveLength(8);
  });

  it('S9 an effect is performed only after its start is in the journal, and its outcome is after it', async () => {
    const journal = new CommitLog();
    const workflow = compileSample({ workflow: chain(ids(2)) });
    const seen: string[][] = [];
    const work = async () => {
      seen.push((await journal.read('run-1')).slice(-1).map(({ type }) => type));
      return null;
    };
    await driverOn(journal).start(prepareWith(workflow, { n0: probeProgram(work), n1: probeProgram(work) }), {
      run: 'run-1',
      input: {},
      engineVersion,
    }).ended;
    expect(seen).toEqual([['effect.started'], ['effect.started']]);
  });

  it('S8 the fold of the journal is the live state', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const prepared = randomRun(seed, { size: 25, concurrency: 4 }, noPerformances());
        const { workflow } = prepared;
        const ports = { journal: new MemoryJournal(), artifacts: new MemoryArtifacts(), gate: createGate([]), now: Date.now };
        const state = createState(workflow.graph);
        const loop = new RunLoop({ run: 'run-1', state, seq: 0, prepared, ports, observe: undefined });
        const metadata = { engine_version: 'test', state_version: stateVersion, manifest_hashes: {}, adapters: {} };
        const started = { workflow: workflow.id, workflow_hash: workflow.hash, start: 'start', input: { items: [1, 2] }, metadata };
        loop.record({ type: 'run.started', payload: started } satisfies EngineEvent);
        loop.advance();
        await loop.ended;
        const copy: JournalEvent[] = JSON.parse(JSON.stringify(await ports.journal.read('run-1')));
        expect(snapshot(foldJournal(workflow, 'run-1', copy))).toEqual(snapshot(state));
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe('size', () => {
  it('a chain of 10,000 pure nodes does not overflow the stack', async () => {
    const { result } = await runToEnd(prepareWith(compileSample({ workflow: chain(ids(10_000)) }), {}));
    expect(result).toMatchObject({ outcome: 'success', exit: 'done' });
  });

  it('a chain of 2,000 effects does not either', async () => {
    const nodes = ids(2000);
    const workflow = compileSample({ workflow: chain(nodes) });
    const programs = Object.fromEntries(nodes.map(({ id }) => [id, probeProgram(() => id)]));
    const { result } = await runToEnd(prepareWith(workflow, programs));
    expect(result.output).toBe('n1999');
  });

  it('S16 of fifty subtasks exactly eight are under way at the peak', async () => {
    const opener = { role: 'split', split: { over: 'items' } };
    const workflow = compileSample({ workflow: fan([{ id: 'work' }], { opener, rest: { concurrency: 8 } }) });
    let inFlight = 0;
    let peak = 0;
    const program = probeProgram(async () => {
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      await turns(1);
      inFlight -= 1;
      return 'done';
    });
    const items: Json[] = Array.from({ length: 50 }, (_, index) => index);
    const { result, events } = await runToEnd(prepareWith(workflow, { work: program }), { items });
    expect(peak).toBe(8);
    expect(result.output).toHaveLength(50);
    expect(payloadsOf(events, 'effect.completed')).toHaveLength(50);
  });
});

describe('determinism', () => {
  it('S16 with concurrency 1 and the offline provider two runs give the same journal apart from ids and times', async () => {
    const arms = ['left', 'right'].map((id) => ({ id, agent_id: 'writer', context: 'recent' }));
    const prepared = await prepareSample(
      {
        workflow: fan(arms, { merge: { reducer: 'concat' }, rest: { concurrency: 1 } }),
        agents: [{ id: 'writer', llm: 'offline/text', prompt: 'Summarise the text.', schema_out: 'summary' }],
        memory: { context_profiles: [{ id: 'recent', max_tokens: 500 }] },
        schemas: { summary: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] } },
      },
      [createOfflineProvider()],
    );
    const journalOf = async (run: string) => {
      const journal = new MemoryJournal();
      await driverOn(journal).start(prepared, { run, input: { text: 'A boat on a lake. It is red.' }, engineVersion }).ended;
      const text = JSON.stringify((await journal.read(run)).map(({ at: _, ...event }) => event));
      return text.replaceAll(run, 'RUN');
    };
    const first = await journalOf('run-1');
    expect(first).toContain('"kind":"model"');
    expect(await journalOf('other-run')).toBe(first);
  });
});
