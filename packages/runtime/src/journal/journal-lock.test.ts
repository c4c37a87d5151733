import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JsonlJournal } from './jsonl-journal.ts';
import { sampleEvents } from './sample-events.ts';

let root: string;
const started: ChildProcess[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-lock-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  }
  await rm(root, { recursive: true });
});

/** Starts a process that tries to write the run, and waits for what it reports. */
async function secondProcess(run: string, expectedSeq = 0) {
  const script = join(import.meta.dirname, 'hold-lock.fixture.ts');
  const child = spawn(process.execPath, [script, root, run, String(expectedSeq)], { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, report: JSON.parse(String(line)) };
}

describe('the lock of a journal (S6)', () => {
  it('refuses a second writer and says which process holds the run, while anyone may read', async () => {
    const { child } = await secondProcess('r1');
    const journal = new JsonlJournal(root);
    const failure = await journal.append('r1', 1, sampleEvents(1)).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'journal.locked', details: { pid: child.pid } });
    expect(String(failure)).toContain(`process ${child.pid}`);
    expect(await journal.read('r1')).toHaveLength(1);
    await journal.append('r2', 0, sampleEvents(1));
    await journal.close();
  });

  it('passes to the next writer when the first closes', async () => {
    const { child } = await secondProcess('r1');
    child.stdin?.end();
    await once(child, 'exit');
    const journal = new JsonlJournal(root);
    await journal.append('r1', 1, sampleEvents(1));
    await journal.close();
  });

  it('of a killed process is taken over (ENG-X7)', async () => {
    const { child } = await secondProcess('r1');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const journal = new JsonlJournal(root);
    await journal.append('r1', 1, sampleEvents(1));
    expect(await journal.read('r1')).toHaveLength(2);
    await journal.close();
  });

  it('of a killed process is taken over by exactly one of several processes', async () => {
    const { child } = await secondProcess('r1');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const rivals = await Promise.all([1, 2, 3, 4].map(() => secondProcess('r1', 1)));
    const refused = rivals.filter(({ report }) => !report.held);
    expect(refused.map(({ report }) => report.code)).toEqual(['journal.locked', 'journal.locked', 'journal.locked']);
    expect(await new JsonlJournal(root).read('r1')).toHaveLength(2);
  });

  it('refuses a second journal of the same process', async () => {
    const [first, second] = [new JsonlJournal(root), new JsonlJournal(root)];
    await first.append('r1', 0, sampleEvents(1));
    await expect(second.append('r1', 1, sampleEvents(1))).rejects.toThrow(/this process .*another journal/);
    await first.release('r1');
    await second.append('r1', 1, sampleEvents(1));
    await Promise.all([first.close(), second.close()]);
  });
});
