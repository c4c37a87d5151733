import { createState, type JournalEvent, snapshot } from '@espalier/core';
import { seeded } from '@espalier/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryArtifacts } from '../artifacts/memory-artifacts.ts';
import { createGate } from '../gate/gate.ts';
import { firstEvent, type RunHandle } from './driver.ts';
import { foldJournal } from './fold-journal.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { RunLoop } from './run-loop.ts';
import { type Death, MortalJournal } from './testing/mortal-journal.ts';
import { requests, VisitedJournal } from './testing/outsider.ts';
import { noPerformances, type Performances, randomRun } from './testing/random-run.ts';
import { driverOn, engineVersion, expectSound, payloadsOf, turns } from './testing/test-driver.ts';

const start = { run: 'run-1', input: { items: [1, 2] }, engineVersion };
const cases = fc.record({ seed: fc.nat(), size: fc.integer({ min: 3, max: 20 }), concurrency: fc.constantFrom(1, 4) });

/** Requests at random: at most of the appends none, seldom a cancellation. */
function plan(seed: number, cancels: boolean) {
  const choices = seeded(seed);
  return () => {
    const dice = choices.below(12);
    if (dice < 2) return [requests.pause];
    if (dice === 2) return [requests.pause, requests.resume];
    if (dice === 3) return [requests.resume];
    return dice === 4 && cancels && choices.below(4) === 0 ? [requests.cancel, requests.pause] : [];
  };
}

/** Ends every pause a little later, and has the driver look, until the run has ended. */
async function attend(journal: VisitedJournal, { ended, refresh }: Pick<RunHandle, 'ended' | 'refresh'>): Promise<void> {
  let isOver = false;
  const over = ended.finally(() => {
    isOver = true;
  });
  over.catch(() => {}); // refresh() may reject first
  while (!isOver) {
    await turns(2);
    await journal.request('run-1', requests.resume);
    await refresh();
  }
  await over;
}

function expectPerformedOnce(events: readonly JournalEvent[], seen: Performances): void {
  for (const [key, count] of seen.counts) expect([key, count]).toEqual([key, 1]);
  const closed = new Set(payloadsOf(events, 'effect.completed').map(({ key }) => key));
  for (const key of seen.counts.keys()) expect(closed).toContain(key);
  const started = payloadsOf(events, 'effect.started').map(({ key }) => key);
  expect(new Set(started).size).toBe(started.length);
}

describe('S13 a run into whose journal others write', () => {
  it('ends with a journal that verifies, folds to its state, was seen whole and had every effect performed once', async () => {
    let disturbed = 0;
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async ({ seed, size, concurrency }, cancels) => {
        const performed = noPerformances();
        const prepared: PreparedWorkflow = randomRun(seed, { size, concurrency, waitsMs: 2 }, performed);
        const journal = new VisitedJournal(plan(seed, cancels));
        const ports = { journal, artifacts: new MemoryArtifacts(), gate: createGate([]), now: Date.now };
        const seen: JournalEvent[] = [];
        const state = createState(prepared.workflow.graph);
        const loop = new RunLoop({ run: 'run-1', state, seq: 0, prepared, ports, observe: (event) => seen.push(event) });
        loop.record(firstEvent(ports, prepared, start));
        loop.advance();
        await attend(journal, { ended: loop.ended, refresh: () => loop.refresh() });
        const events = await journal.read('run-1');
        expectSound(prepared, events);
        expect(seen).toEqual(events);
        expect(snapshot(loop.state)).toEqual(snapshot(foldJournal(prepared.workflow, 'run-1', structuredClone(events))));
        expectPerformedOnce(events, performed);
        if (loop.state !== state) disturbed += 1;
      }),
      { numRuns: 150, seed: 1 },
    );
    expect(disturbed).toBeGreaterThan(75);
  });

  it('and which is unloaded whenever it only waits, performs nothing twice either', async () => {
    let parkings = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ seed, size, concurrency }) => {
        const performed = noPerformances();
        const prepared = randomRun(seed, { size, concurrency, waitsMs: 4 }, performed);
        const journal = new VisitedJournal(plan(seed, true));
        const driver = driverOn(journal);
        let result = await driver.start(prepared, { ...start, parkAfterMs: 0 }).ended;
        while (result.parked) {
          parkings += 1;
          const before = await journal.read('run-1');
          expect(result.parked.seq).toBe(before.length);
          expect(['waiting', 'paused']).toContain(result.status);
          // People act on runs that nobody drives, too.
          if (seed % 5 === 0 && parkings % 3 === 0) await journal.request('run-1', requests.cancel);
          if (result.status === 'paused') await journal.request('run-1', requests.resume);
          result = await (await driver.resume(prepared, 'run-1', { parkAfterMs: 0 })).ended;
        }
        const events = await journal.read('run-1');
        expectSound(prepared, events);
        expectPerformedOnce(events, performed);
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(parkings).toBeGreaterThan(60);
  });

  it('and whose process dies, ends after a resume, and nothing is performed twice that may not be', async () => {
    let deaths = 0;
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.nat({ max: 12 }),
        fc.constantFrom<Death[]>('refused', 'written', 'silent'),
        async (drawn, commits, death) => {
          const { seed, size, concurrency } = drawn;
          const performed = noPerformances();
          const prepared = randomRun(seed, { size, concurrency, waitsMs: 2 }, performed);
          const journal = new VisitedJournal(plan(seed, false));
          const mortal = new MortalJournal(journal, { commits: commits + 1, death });
          const handle = driverOn(mortal).start(prepared, start);
          const dead = mortal.died.then(() => Promise.reject(new Error('dead')));
          const refresh = () => Promise.race([handle.refresh(), dead]);
          await attend(journal, { ended: Promise.race([handle.ended, dead]), refresh }).catch(() => {
            deaths += 1;
          });
          await turns(6); // whatever the dead process could still do, it has done
          const resumed = await driverOn(journal).resume(prepared, 'run-1');
          await attend(journal, resumed);
          expectSound(prepared, await journal.read('run-1'));
          for (const key of performed.once) expect([key, performed.counts.get(key)]).toEqual([key, 1]);
        },
      ),
      { numRuns: 100, seed: 1 },
    );
    expect(deaths).toBeGreaterThan(40);
  });
});
