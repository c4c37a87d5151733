import { EspalierError } from '../errors/espalier-error.ts';
import type { JournalEvent } from '../wire/events.ts';
import { stateVersion } from './state.ts';

/** Turns an event as one state version had it into what the next one makes of it. */
type Upcaster = (event: JournalEvent) => JournalEvent;

/**
 * By the version that they start from (ENG-T4). Version 2 has forks, steps and queues, version 3 what calls of models cost: all of them events
 * and fields that were not there before; what older versions wrote means the same.
 */
const upcasters: ReadonlyMap<number, Upcaster> = new Map([
  [1, (event) => event],
  [2, (event) => event],
]);

/**
 * A history as the present version of the state folds it. The journals in it may be of different versions: that of a parent older than that of
 * its fork.
 * @throws EspalierError `journal.incompatible` for one that a newer version of Espalier wrote.
 */
export function upcast(history: readonly JournalEvent[]): readonly JournalEvent[] {
  const isCurrent = history.every((event) => event.type !== 'run.started' || event.payload.metadata.state_version === stateVersion);
  return isCurrent ? history : upcastEach(history);
}

function upcastEach(history: readonly JournalEvent[]): JournalEvent[] {
  let version = stateVersion;
  return history.map((event) => {
    if (event.type === 'run.started') version = knownVersion(event.payload.metadata.state_version);
    let now = event;
    for (let from = version; from < stateVersion; from += 1) now = (upcasters.get(from) as Upcaster)(now);
    return now;
  });
}

function knownVersion(version: number): number {
  if (version === stateVersion || upcasters.has(version)) return version;
  const message = `The journal was written with version ${version} of the state; this Espalier knows versions up to ${stateVersion}.`;
  throw new EspalierError('journal.incompatible', message, { details: { found: version, known: stateVersion } });
}
