import { EspalierError, type Fault, faultOf, type JsonObject } from '@espalier/core';
import type { Job as BossJob, JobResult } from 'pg-boss';
import type { JobHandler } from './job.ts';

/** One try, and what is kept of it: nothing but a fault whose message is ours. */
export async function performJob(
  handler: JobHandler,
  { id, data, retryCount, signal }: BossJob<JsonObject>,
  onError: (thrown: unknown) => void,
): Promise<JobResult> {
  try {
    await handler({ id, data: data ?? {}, attempt: retryCount + 1, signal });
    return { id, status: 'completed' };
  } catch (thrown) {
    onError(thrown);
    return { id, status: 'failed', output: keptFault(thrown) };
  }
}

function keptFault(thrown: unknown): Pick<Fault, 'code' | 'message'> {
  const { code, message } = faultOf(thrown);
  if (thrown instanceof EspalierError) return { code, message };
  const what = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return { code, message: `The handler threw a ${what}; its message is in the log of the process.` };
}
