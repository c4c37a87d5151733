import type { JournalEvent } from '@espalier/core';
import { seeded } from '@espalier/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { foldJournal } from '../run/fold-journal.ts';
import { noPerformances, randomRun } from '../run/testing/random-run.ts';
import { driverOn, engineVersion, payloadsOf, turns } from '../run/testing/test-driver.ts';
import type { Profile, Timing } from './profile.ts';
import { profileOf } from './profile-of.ts';

interface Draw {
  seed: number;
  size: number;
  concurrency: number;
  /** After how many turns someone cancels; none: nobody does. */
  cancelAt: number | undefined;
}

const draws = fc.record({
  seed: fc.nat(),
  size: fc.integer({ min: 3, max: 40 }),
  concurrency: fc.integer({ min: 1, max: 8 }),
  cancelAt: fc.option(fc.nat({ max: 12 }), { nil: undefined }),
});

/** A random run by a clock that jumps, and now and then goes back. */
async function randomJournal({ seed, size, concurrency, cancelAt }: Draw) {
  const prepared = randomRun(seed, { size, concurrency }, noPerformances());
  const journal = new MemoryJournal();
  const dice = seeded(seed);
  let time = 1_000_000;
  const now = () => {
    time += dice.below(10) - 1;
    return time;
  };
  const handle = driverOn(journal, { now }).start(prepared, { run: 'run-1', input: { items: [1, 2] }, engineVersion });
  if (cancelAt !== undefined) await turns(cancelAt).then(() => handle.cancel('enough').catch(() => {}));
  await handle.ended;
  return { prepared, events: await journal.read('run-1') };
}

function sum(numbers: readonly (number | null)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}

/** What holds of the profile of any beginning of a journal. */
function expectConsistent(profile: Profile, events: readonly JournalEvent[]): void {
  const { time, duration_ms: duration, nodes, effects, tasks, counters, critical_path: path } = profile;
  const timings: Timing[] = [...nodes, ...effects, ...tasks];
  for (const { start_ms, end_ms } of timings.flatMap((timing) => timing.spans)) {
    expect(start_ms).toBeGreaterThanOrEqual(0);
    expect(end_ms).toBeGreaterThanOrEqual(start_ms);
    expect(end_ms).toBeLessThanOrEqual(duration);
  }
  expect(Math.min(...Object.values(time))).toBeGreaterThanOrEqual(0);
  expect(sum(Object.values(time))).toBe(duration);
  expect(time.effects_ms).toBeLessThanOrEqual(sum(effects.map((effect) => effect.total_ms)));
  expect(time.effects_ms).toBeGreaterThanOrEqual(Math.max(0, ...effects.flatMap(({ durations }) => durations?.max_ms ?? [])));
  expect(sum(nodes.map((node) => node.total_ms))).toBe(sum(tasks.map((task) => task.total_ms)));
  for (const task of tasks) expect(task.waiting_ms, task.task).toBeGreaterThanOrEqual(0);
  expect(counters.nodes).toBe(payloadsOf(events, 'node.completed').length);
  expect(sum(tasks.map((task) => task.nodes))).toBe(counters.nodes);
  expect(sum(effects.map((effect) => effect.tries))).toBe(payloadsOf(events, 'effect.started').length);
  expect(sum(nodes.map((node) => node.queue?.count ?? 0))).toBe(payloadsOf(events, 'node.started').length);
  expect(sum(path.flatMap((step) => [step.queued_ms, step.duration_ms]))).toBeLessThanOrEqual(duration);
}

describe('ENG-F the profile of a random run', () => {
  it('adds up, and nothing in it is open, when the run has ended', async () => {
    let derived = 0;
    await fc.assert(
      fc.asyncProperty(draws, async (draw) => {
        const { events } = await randomJournal(draw);
        const profile = profileOf(events);
        expectConsistent(profile, events);
        expect(profile.ended).toBe(true);
        const open = [...profile.nodes, ...profile.effects, ...profile.tasks].flatMap(({ spans }) => spans.filter((span) => span.open));
        expect(open).toEqual([]);
        expect(profile.tasks.filter((task) => task.end === null)).toEqual([]);
        expect(profile.tasks_alive.last).toBe(0);
        derived += profile.counters.tasks - 1;
      }),
      { numRuns: 100, seed: 1 },
    );
    expect(derived).toBeGreaterThan(50);
  });

  it('can be taken at any event, and has as many tasks alive as the engine', async () => {
    await fc.assert(
      fc.asyncProperty(draws, async (draw) => {
        const { prepared, events } = await randomJournal(draw);
        for (let length = 0; length <= events.length; length += 1) {
          const beginning = events.slice(0, length);
          const profile = profileOf(beginning);
          expectConsistent(profile, beginning);
          if (length > 0) expect(profile.tasks_alive.last).toBe(foldJournal(prepared.workflow, 'run-1', beginning).live);
        }
      }),
      { numRuns: 15, seed: 1 },
    );
  });
});
