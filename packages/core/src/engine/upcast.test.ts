import { expect, it } from 'vitest';
import type { JournalEvent } from '../wire/events.ts';
import { stateVersion } from './state.ts';
import { upcast } from './upcast.ts';

function started(version: number): JournalEvent {
  const metadata = { engine_version: 'test', state_version: version, manifest_hashes: {}, adapters: {} };
  return {
    type: 'run.started',
    payload: { workflow: 'w', workflow_hash: 'a'.repeat(64), start: 's', input: null, metadata },
    seq: 1,
    at: 0,
  };
}

it('ENG-T4 leaves a journal of the present version as it is', () => {
  const history = [started(stateVersion)];
  expect(upcast(history)).toBe(history);
});

it('ENG-T4 takes every version up to the present one, also mixed in the history of a fork', () => {
  for (let version = 1; version < stateVersion; version += 1) {
    expect(upcast([started(version), started(stateVersion)])).toHaveLength(2);
  }
});

it.each([0, -1, stateVersion + 1])('ENG-T4 refuses version %i, which nobody here knows', (version) => {
  expect(() => upcast([started(stateVersion), started(version)])).toThrowError(
    expect.objectContaining({ code: 'journal.incompatible', details: { found: version, known: stateVersion } }),
  );
});
