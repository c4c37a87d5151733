import { z } from 'zod';

/*
 * The catalogue of the events of a queue's own stream, `queue:<workflow>` (ENG-Q). That runs enter and leave it is in their journals.
 */

/** Payload schema of every event type of a queue's stream. */
export const queueEventSchemas = {
  /** A run was refused, as `size` others waited and the queue holds `limit`. */
  'queue.full': z.strictObject({ workflow: z.string(), size: z.int(), limit: z.int() }),
} as const;

type QueueEventType = keyof typeof queueEventSchemas;

/** An event of a queue's stream. */
export type QueueEvent = { [T in QueueEventType]: { type: T; payload: z.infer<(typeof queueEventSchemas)[T]> } }[QueueEventType];
