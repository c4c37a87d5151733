import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileWorkflow, type JournalEvent, snapshot, verify } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { decodeJournal } from '../journal/journal-line.ts';
import { readWorkflowDirectory } from '../workflows/read-workflow-directory.ts';
import { foldHistory, foldJournal } from './fold-journal.ts';

/** A run that an Espalier of state version 1 made and recorded, with the state that it folded to then. */
const directory = join(import.meta.dirname, 'fixtures/version-1');

async function recorded() {
  const { files } = await readWorkflowDirectory(directory);
  const compiled = compileWorkflow(files, { folder: 'version-1' });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const { events } = decodeJournal(await readFile(join(directory, 'journal.jsonl')), 'journal.jsonl');
  return { workflow: compiled.workflow, events };
}

describe('ENG-T4 a journal of state version 1', () => {
  it('folds to the state that it folded to then, under the same hash of its workflow', async () => {
    const { workflow, events } = await recorded();
    expect(events[0]).toMatchObject({ type: 'run.started', payload: { metadata: { state_version: 1 }, workflow_hash: workflow.hash } });
    // A snapshot may show more than it did.
    expect(snapshot(foldJournal(workflow, 'run', events))).toMatchObject(JSON.parse(await readFile(join(directory, 'state.json'), 'utf8')));
  });

  it('verifies, and can be forked at any event before its end', async () => {
    const { workflow, events } = await recorded();
    expect(verify(workflow.graph, events)).toEqual({ ok: true, events: events.length, ended: true });
    const [first] = events;
    if (first?.type !== 'run.started') throw new Error('it begins with its start');
    for (let seq = 1; seq < events.length - 2; seq += 1) {
      const origin = { run: 'run', seq, edits: [], live: false };
      const metadata = { ...first.payload.metadata, state_version: 2 };
      const fork: JournalEvent = { ...first, payload: { ...first.payload, metadata, forked_from: origin }, seq: 1 };
      expect(foldHistory(workflow, 'fork', [...events.slice(0, seq), fork])).toMatchObject({ seq: 1, status: 'running' });
    }
  });

  it('of a version that is yet to come is refused by name', async () => {
    const { workflow, events } = await recorded();
    const [first, ...rest] = events;
    if (first?.type !== 'run.started') throw new Error('it begins with its start');
    const newer: JournalEvent = { ...first, payload: { ...first.payload, metadata: { ...first.payload.metadata, state_version: 99 } } };
    expect(() => foldJournal(workflow, 'run', [newer, ...rest])).toThrowError(expect.objectContaining({ code: 'journal.incompatible' }));
  });
});
