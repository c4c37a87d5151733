import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalEvent } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCommit } from '../journal/journal-line.ts';
import { JsonlJournal } from '../journal/jsonl-journal.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { Journal } from '../ports/journal.ts';
import { makeDirectory } from '../storage/durable-file.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { type Death, MortalJournal } from './testing/mortal-journal.ts';
import { noPerformances, type Performances, randomRun } from './testing/random-run.ts';
import { temporaryDirectory } from './testing/sample-workflow.ts';
import { driverOn, engineVersion, expectSound, finalState, payloadsOf, turns } from './testing/test-driver.ts';

const start = { run: 'run-1', input: { items: [1, 2] }, engineVersion };
const deaths: readonly Death[] = ['refused', 'written', 'silent'];
const cases = fc.record({ seed: fc.nat(), size: fc.integer({ min: 3, max: 16 }), death: fc.constantFrom(...deaths) });

/** Appends that an undisturbed run makes, and its journal. */
async function undisturbed(seed: number, size: number, concurrency: number) {
  const journal = new MemoryJournal();
  const counting = new MortalJournal(journal, { commits: Number.POSITIVE_INFINITY, death: 'refused' });
  const prepared = randomRun(seed, { size, concurrency }, noPerformances());
  await driverOn(counting).start(prepared, start).ended;
  const events = await journal.read('run-1');
  expectSound(prepared, events);
  return { appends: counting.appends, events, prepared };
}

interface Crash {
  /** Commits before the fatal one. */
  commits: number;
  death: Death;
}

/** Starts the run, lets the process die, resumes it, and checks what must hold of any resumed run. */
async function crashAndResume(prepared: PreparedWorkflow, seen: Performances, crash: Crash): Promise<JournalEvent[]> {
  const journal = new MemoryJournal();
  const mortal = new MortalJournal(journal, crash);
  const first = driverOn(mortal).start(prepared, start);
  // With waits a run may need fewer commits than were drawn: then it has ended before its process died.
  if (crash.death === 'silent') await Promise.race([mortal.died, first.ended]);
  else await first.ended.catch((thrown: unknown) => expect(thrown).toMatchObject({ message: 'the process is dead' }));
  await turns(6); // whatever the dead process could still do, it has done
  const before = await journal.read('run-1');
  if (before.length === 0) {
    expect(seen.counts.size).toBe(0);
    await expect(driverOn(journal).resume(prepared, 'run-1')).rejects.toMatchObject({ code: 'run.not_found' });
    return before;
  }
  return resumeAndCheck({ prepared, seen, journal, before });
}

/** Resumes a run from `before`; no effect whose outcome is in there may be performed again. */
async function resumeAndCheck(run: { prepared: PreparedWorkflow; seen: Performances; journal: Journal; before: JournalEvent[] }) {
  const { prepared, seen, journal, before } = run;
  const performedBefore = new Map(seen.counts);
  const handle = await driverOn(journal).resume(prepared, 'run-1');
  await handle.ended;
  const after = await journal.read('run-1');
  expect(after.slice(0, before.length)).toEqual(before);
  expectSound(prepared, after);
  const known = new Set(payloadsOf(before, 'effect.completed').map(({ key }) => key));
  for (const key of known) expect(seen.counts.get(key), key).toBe(performedBefore.get(key));
  for (const [key, count] of seen.counts) expect(count, key).toBeLessThanOrEqual((performedBefore.get(key) ?? 0) + 1);
  for (const key of seen.once) expect(seen.counts.get(key), key).toBe(1);
  expectEveryTryStarted(after, seen);
  return after;
}

/** Every performance was announced first, and a second one as a second try under the same key. */
function expectEveryTryStarted(events: readonly JournalEvent[], seen: Performances): void {
  const tries = Map.groupBy(payloadsOf(events, 'effect.started'), ({ key }) => key);
  for (const [key, started] of tries)
    expect([key, ...started.map((payload) => payload.try)]).toEqual([key, ...started.map((_, index) => index + 1)]);
  for (const [key, count] of seen.counts) expect(count, key).toBeLessThanOrEqual(tries.get(key)?.length ?? 0);
}

function hasUnknown(events: readonly JournalEvent[]): boolean {
  return payloadsOf(events, 'effect.completed').some(({ error }) => error?.code === 'effect.outcome_unknown');
}

describe('a run whose process dies', () => {
  it('ENG-X7 S10 ends after a resume as it would have ended undisturbed, wherever it died (concurrency 1)', {
    timeout: 30_000,
  }, async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ seed, size, death }) => {
        const whole = await undisturbed(seed, size, 1);
        for (let commits = 0; commits < whole.appends; commits += 1) {
          const seen = noPerformances();
          const prepared = randomRun(seed, { size, concurrency: 1 }, seen);
          const events = await crashAndResume(prepared, seen, { commits, death });
          if (events.length === 0 || hasUnknown(events)) continue;
          compared += 1;
          expect(finalState(prepared, events)).toEqual(finalState(whole.prepared, whole.events));
        }
      }),
      { numRuns: 30, seed: 1 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  it('ENG-X7 S10 performs nothing twice that was recorded, whatever else was in flight (concurrency 4)', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), async ({ seed, size, death }, at) => {
        const { appends } = await undisturbed(seed, size, 4);
        const seen = noPerformances();
        const prepared = randomRun(seed, { size, concurrency: 4 }, seen);
        await crashAndResume(prepared, seen, { commits: at % appends, death });
        expect(seen.peak).toBeLessThanOrEqual(8); // four of the dead process, four of the one that took over
      }),
      { numRuns: 80, seed: 1 },
    );
  });

  it('S9 waits are armed again as they were recorded, wherever the process died', { timeout: 30_000 }, async () => {
    let waits = 0;
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom(1, 4), async ({ seed, size, death }, concurrency) => {
        const options = { size, concurrency, waitsMs: 3 };
        const { appends } = await undisturbed(seed, size, concurrency);
        for (let commits = 1; commits < appends; commits += 2) {
          const seen = noPerformances();
          const prepared = randomRun(seed, options, seen);
          const events = await crashAndResume(prepared, seen, { commits, death });
          const timers = payloadsOf(events, 'effect.started').filter(({ kind }) => kind === 'timer');
          expect(timers.every((timer) => timer.try === 1 && timer.due_at !== undefined)).toBe(true);
          expect(new Set(timers.map(({ key }) => key)).size).toBe(timers.length);
          waits += timers.length;
        }
      }),
      { numRuns: 15, seed: 1 },
    );
    expect(waits).toBeGreaterThan(50);
  });

  it('ENG-X7 survives a second death during the resume', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), async ({ seed, size, death }, at) => {
        const { appends } = await undisturbed(seed, size, 1);
        const seen = noPerformances();
        const prepared = randomRun(seed, { size, concurrency: 1 }, seen);
        const journal = new MemoryJournal();
        const first = new MortalJournal(journal, { commits: 1 + (at % appends), death: 'refused' });
        await driverOn(first)
          .start(prepared, start)
          .ended.catch(() => {});
        await turns();
        const second = new MortalJournal(journal, { commits: at % 3, death });
        const handle = await driverOn(second).resume(prepared, 'run-1');
        await Promise.race([second.died, handle.ended.catch(() => {})]);
        await turns(6);
        await resumeAndCheck({ prepared, seen, journal, before: await journal.read('run-1') });
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('S6 resumes from a JSONL journal cut at any byte', { timeout: 30_000 }, async () => {
    const root = await temporaryDirectory();
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), async (seed, cut) => {
        const whole = await journalText(seed);
        const seen = noPerformances();
        const prepared = randomRun(seed, { size: 12, concurrency: 1 }, seen);
        number += 1;
        const directory = join(root, String(number));
        await makeDirectory(join(directory, 'runs/run-1'));
        await writeFile(join(directory, 'runs/run-1/journal.jsonl'), whole.text.subarray(0, Math.floor(cut * whole.text.length)));
        const journal = new JsonlJournal(directory);
        const before = await journal.read('run-1');
        if (before.length === 0) return;
        await resumeAndCheck({ prepared, seen, journal, before });
        await journal.close();
        const events = await new JsonlJournal(directory).read('run-1');
        if (!hasUnknown(events)) expect(finalState(prepared, events)).toEqual(finalState(whole.prepared, whole.events));
      }),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe('a run that is interfered with', () => {
  const interference = fc.constantFrom('cancel', 'pause', 'deadline');

  it('ENG-X6 ENG-X8 leaves a journal that verifies, whenever it was cancelled, paused or out of time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), interference, fc.nat({ max: 12 }), async (seed, kind, moment) => {
        const prepared = randomRun(seed, { size: 25, concurrency: 4 }, noPerformances());
        const journal = new MemoryJournal();
        const workflow = { ...prepared.workflow, deadlineMs: kind === 'deadline' ? moment : undefined };
        const handle = driverOn(journal).start({ ...prepared, workflow }, start);
        await turns(moment);
        if (kind === 'cancel') await handle.cancel('enough').catch(() => {});
        if (kind === 'pause') await handle.pause().catch(() => {});
        if (kind === 'pause') await turns(2).then(() => handle.resume().catch(() => {}));
        await handle.ended;
        expectSound(prepared, await journal.read('run-1'));
      }),
      { numRuns: 80, seed: 1 },
    );
  });
});

/** The journal of an undisturbed run as the JSONL journal would write it, commit by commit. */
async function journalText(seed: number) {
  const commits: Buffer[] = [];
  const journal = new MemoryJournal();
  const recording: Journal = {
    adapter: 'memory',
    async append(run, seq, events) {
      commits.push(encodeCommit(seq + 1, events));
      await journal.append(run, seq, events);
    },
    read: (run, after) => journal.read(run, after),
    runs: () => journal.runs(),
    close: () => journal.close(),
  };
  const prepared = randomRun(seed, { size: 12, concurrency: 1 }, noPerformances());
  await driverOn(recording).start(prepared, start).ended;
  return { text: Buffer.concat(commits), prepared, events: await journal.read('run-1') };
}
