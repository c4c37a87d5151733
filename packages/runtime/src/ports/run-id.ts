import { EspalierError } from '@espalier/core';

const runIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether `run` may become part of a path. */
export function isRunId(run: string): boolean {
  return runIdPattern.test(run);
}

/** @throws EspalierError `input.invalid` if `run` is no run id: journals use ids as names of directories. */
export function checkRunId(run: string): void {
  if (isRunId(run)) return;
  throw new EspalierError('input.invalid', `${JSON.stringify(run)} is not a run id: expected 1 to 64 letters, digits, _ or -.`);
}
