import { canonicalJson, type JournalEvent } from '@espalier/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../ports/journal.ts';
import { outputEvent, sampleEvents } from './sample-events.ts';

/** One journal under test, on storage of its own. */
export interface JournalUnderTest {
  journal: Journal;
  /** Closes the journal and opens the same storage again, as after a restart. */
  reopen(): Promise<Journal>;
  /** Closes whatever is open and removes the storage. */
  close(): Promise<void>;
}

/** The vitest suite that every adapter of the Journal port passes. */
export function journalConformance(name: string, open: () => Promise<JournalUnderTest>): void {
  describe(`${name} as a Journal`, () => {
    let subject: JournalUnderTest;
    let journal: Journal;
    beforeEach(async () => {
      subject = await open();
      journal = subject.journal;
    });
    afterEach(() => subject.close());

    describe('appending', () => appending(() => journal));
    describe('concurrent appends', () => concurrency(() => journal));
    describe('reading', () => reading(() => journal));
    describe('after reopening', () => reopening(() => subject));
  });
}

const sequence = (events: readonly JournalEvent[]) => events.map(({ seq }) => seq);
const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

function appending(journal: () => Journal): void {
  it('numbers events from 1 without gaps across commits (S6)', async () => {
    await journal().append('r1', 0, sampleEvents(3));
    await journal().append('r1', 3, sampleEvents(1));
    await journal().append('r1', 4, sampleEvents(2));
    expect(sequence(await journal().read('r1'))).toEqual(from(1, 6));
  });

  it.each([-1, 1, 3, 99])('refuses an append that expects %i where the journal ends at 2, and writes nothing', async (expected) => {
    await journal().append('r1', 0, sampleEvents(2));
    await expect(journal().append('r1', expected, sampleEvents(3))).rejects.toMatchObject({ code: 'journal.stale_seq' });
    expect(await journal().read('r1')).toHaveLength(2);
    await journal().append('r1', 2, sampleEvents(1));
    expect(sequence(await journal().read('r1'))).toEqual([1, 2, 3]);
  });

  it('refuses a first append that expects earlier events, and creates no run', async () => {
    await expect(journal().append('r1', 5, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.stale_seq' });
    expect(await journal().read('r1')).toEqual([]);
    expect(await journal().runs()).toEqual([]);
  });

  it('refuses an append without events, and creates no run', async () => {
    await expect(journal().append('r1', 0, [])).rejects.toMatchObject({ code: 'internal.defect' });
    expect(await journal().runs()).toEqual([]);
  });

  it.each(['', '../r1', 'a/b', 'a\\b', '.', 'a\u0000', 'ü', 'x'.repeat(65)])('refuses the run id %j', async (run) => {
    await expect(journal().append(run, 0, sampleEvents(1))).rejects.toMatchObject({ code: 'input.invalid' });
  });

  it('keeps what was appended when the caller goes on using its array', async () => {
    const events = sampleEvents(2);
    await journal().append('r1', 0, events);
    events.length = 0;
    events.push(outputEvent('later'));
    expect((await journal().read('r1')).map(({ type }) => type)).toEqual(['node.started', 'node.started']);
  });

  it('takes a commit of 20,000 events', async () => {
    await journal().append('r1', 0, sampleEvents(20_000));
    expect(sequence(await journal().read('r1'))).toEqual(from(1, 20_000));
  });
}

function concurrency(journal: () => Journal): void {
  it('lets exactly one of several appends with the same expectation win', async () => {
    await journal().append('r1', 0, sampleEvents(1));
    const attempts = from(0, 8).map((writer) => journal().append('r1', 1, [outputEvent(writer), outputEvent(writer)]));
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results.filter((one) => one.status === 'rejected')) {
      expect(result.reason).toMatchObject({ code: 'journal.stale_seq' });
    }
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    const written = (await journal().read('r1', 1)).map((event) => event.type === 'node.completed' && event.payload.output);
    expect(written).toEqual([winner, winner]);
  });

  it('keeps appends to different runs independent', async () => {
    const runs = from(0, 5).map((index) => `run-${index}`);
    await Promise.all(runs.map((run, index) => journal().append(run, 0, sampleEvents(index + 1))));
    await Promise.all(runs.map((run, index) => journal().append(run, index + 1, sampleEvents(2))));
    const lengths = await Promise.all(runs.map(async (run) => (await journal().read(run)).length));
    expect(lengths).toEqual(from(3, 5));
  });

  it('keeps the order in which appends were asked for', async () => {
    await Promise.all(from(0, 20).map((index) => journal().append('r1', index, [outputEvent(index)])));
    const outputs = (await journal().read('r1')).map((event) => event.type === 'node.completed' && event.payload.output);
    expect(outputs).toEqual(from(0, 20));
  });
}

function reading(journal: () => Journal): void {
  it('reads an unknown run as empty', async () => {
    expect(await journal().read('nobody')).toEqual([]);
    expect(await journal().runs()).toEqual([]);
  });

  it.each([
    [0, [1, 2, 3, 4, 5]],
    [1, [2, 3, 4, 5]],
    [3, [4, 5]],
    [5, []],
    [9, []],
  ])('reads the events after %i, also from the middle of a commit', async (after, expected) => {
    await journal().append('r1', 0, sampleEvents(2));
    await journal().append('r1', 2, sampleEvents(3));
    expect(sequence(await journal().read('r1', after))).toEqual(expected);
  });

  it('hands out an array of its own each time', async () => {
    await journal().append('r1', 0, sampleEvents(2));
    (await journal().read('r1')).length = 0;
    expect(await journal().read('r1')).toHaveLength(2);
  });

  it('lists runs once each, newest last', async () => {
    for (const [index, run] of ['zeta', 'alpha', 'Mid_1'].entries()) await journal().append(run, 0, sampleEvents(1, 1000 + index));
    await journal().append('zeta', 1, sampleEvents(1, 9000));
    expect(await journal().runs()).toEqual(['zeta', 'alpha', 'Mid_1']);
  });
}

const texts = [
  '',
  'Grüße, 世界 👩‍👩‍👧‍👦',
  'line\nbreak\r\n\u2028\u2029\t"quoted" \\ /',
  '\uFEFFmark',
  'e\u0301 is not \u00e9',
  '\u0001\u001f\u007f',
  '__proto__',
];

function reopening(subject: () => JournalUnderTest): void {
  it.each(texts)('gives back the text %j exactly', async (text) => {
    await subject().journal.append('r1', 0, [outputEvent({ [text]: text, list: [text] })]);
    const [event] = await (await subject().reopen()).read('r1');
    expect(event).toEqual({ seq: 1, ...outputEvent({ [text]: text, list: [text] }) });
  });

  it('S5 gives back events whose canonical text is byte-identical, numbers included', async () => {
    const output = { z: 1, a: [0.1, 1e21, -7, Number.MAX_SAFE_INTEGER, 5e-324], nested: { b: null, a: [[], {}] }, on: true };
    await subject().journal.append('r1', 0, [...sampleEvents(2), outputEvent(output)]);
    await subject().journal.append('r1', 3, [{ type: 'run.completed', payload: { outcome: 'success', exit: 'done' }, at: 7.25 }]);
    const before = canonicalJson(await subject().journal.read('r1'));
    expect(canonicalJson(await (await subject().reopen()).read('r1'))).toBe(before);
    expect(before).toContain(canonicalJson(output));
  });

  it('goes on from the last event', async () => {
    await subject().journal.append('r1', 0, sampleEvents(3));
    const reopened = await subject().reopen();
    await expect(reopened.append('r1', 0, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.stale_seq' });
    await reopened.append('r1', 3, sampleEvents(2));
    expect(sequence(await reopened.read('r1'))).toEqual(from(1, 5));
    expect(await reopened.runs()).toEqual(['r1']);
  });

  it('goes on after a run was released', async () => {
    await subject().journal.append('r1', 0, sampleEvents(1));
    await subject().journal.release?.('r1');
    await subject().journal.release?.('never-written');
    await subject().journal.append('r1', 1, sampleEvents(1));
    expect(sequence(await subject().journal.read('r1'))).toEqual([1, 2]);
  });
}
