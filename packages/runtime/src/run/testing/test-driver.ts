/* For tests: a driver on a journal, and ways to run a workflow and look at what came of it. */
import { type JournalEvent, type Json, type JsonObject, snapshot, verify } from '@espalier/core';
import { expect } from 'vitest';
import { MemoryArtifacts } from '../../artifacts/memory-artifacts.ts';
import { createGate, type Gate } from '../../gate/gate.ts';
import { schemaStep } from '../../gate/schema-step.ts';
import { MemoryJournal } from '../../journal/memory-journal.ts';
import type { Artifacts } from '../../ports/artifacts.ts';
import type { Journal } from '../../ports/journal.ts';
import { createDriver, type Driver, type RunHandle } from '../driver.ts';
import { foldJournal } from '../fold-journal.ts';
import type { PreparedWorkflow } from '../prepare.ts';
import type { RunResult } from '../run-result.ts';

export const engineVersion = 'test';

/** A driver on `journal` with the schema step as its gate, unless told otherwise. */
export function driverOn(journal: Journal, ports: { gate?: Gate; artifacts?: Artifacts; now?: () => number } = {}): Driver {
  return createDriver({ journal, artifacts: new MemoryArtifacts(), gate: createGate([schemaStep]), now: Date.now, ...ports });
}

/** A run under way on a memory journal of its own. */
export function begin(prepared: PreparedWorkflow, input: Json = {}, gate?: Gate): { handle: RunHandle; journal: MemoryJournal } {
  const journal = new MemoryJournal();
  const handle = driverOn(journal, gate ? { gate } : {}).start(prepared, { run: 'run-1', input, engineVersion });
  return { handle, journal };
}

/** Runs to the end and checks what holds for every run: the journal verifies, and says all there is to say. */
export async function runToEnd(
  prepared: PreparedWorkflow,
  input: Json = {},
  gate?: Gate,
): Promise<{ result: RunResult; events: JournalEvent[] }> {
  const { handle, journal } = begin(prepared, input, gate);
  const result = await handle.ended;
  const events = await journal.read('run-1');
  expectSound(prepared, events);
  return { result, events };
}

/** The journal verifies, and its last event ends the run. */
export function expectSound({ workflow }: PreparedWorkflow, events: readonly JournalEvent[]): void {
  expect(verify(workflow.graph, events)).toEqual({ ok: true, events: events.length, ended: true });
}

/** The final state without what may differ between two runs of the same work: sequence numbers and tries. */
export function finalState({ workflow }: PreparedWorkflow, events: readonly JournalEvent[]): JsonObject {
  const text = JSON.stringify(snapshot(foldJournal(workflow, 'run-1', events)), (key, value) => {
    return key === 'seq' || key === 'try' ? undefined : value;
  });
  return JSON.parse(text);
}

/** Lets everything that is due happen. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Payloads of the events of one type, in order. */
export function payloadsOf<T extends JournalEvent['type']>(events: readonly JournalEvent[], type: T) {
  return events.flatMap((event) => (event.type === type ? [event.payload as Extract<JournalEvent, { type: T }>['payload']] : []));
}
