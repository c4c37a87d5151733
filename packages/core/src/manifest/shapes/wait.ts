import { z } from 'zod';
import { durationSchema } from './values.ts';

/** The parameters of the handler `wait`; exactly one of them is given. */
export const waitSchema = z.strictObject({
  for: durationSchema.optional(),
  until: z.string().min(1).optional().describe('The field of the input that holds the time: ISO, or milliseconds since 1970.'),
});
