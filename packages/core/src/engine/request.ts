import type { EventType } from '../wire/events.ts';

const requests: ReadonlySet<EventType> = new Set(['run.paused', 'run.resumed', 'run.step_requested', 'run.cancel_requested']);

/** Whether events of this type come from people, and so may be appended to a run that somebody else drives (S13). */
export function isRequest(type: EventType): boolean {
  return requests.has(type);
}
