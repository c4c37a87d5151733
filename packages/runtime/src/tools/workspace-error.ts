import { EspalierError } from '@espalier/core';
import { systemCode, systemReason } from '../storage/storage-failure.ts';
import { outside } from './workspace-path.ts';

/** What was thrown while working on `path` as an EspalierError that names the path only as the caller did. */
export function workspaceError(thrown: unknown, path: string): EspalierError {
  if (thrown instanceof EspalierError) return thrown;
  const code = systemCode(thrown);
  if (code === 'ENOENT') return notFound(path);
  if (code === 'ELOOP') return outside(path, 'a link in it goes in circles or changed while it was opened');
  return new EspalierError('tool.failed', `${JSON.stringify(path)}: ${systemReason(thrown)}.`, { cause: thrown });
}

/** The error for a path at which there is nothing. */
function notFound(path: string): EspalierError {
  return new EspalierError('path.not_found', `There is nothing at ${JSON.stringify(path)} in the workspace.`);
}

/** The error for anything that the workspace does not do with what it found at a path. */
export function refused(path: string, reason: string): EspalierError {
  return new EspalierError('tool.failed', `${JSON.stringify(path)}: ${reason}.`);
}
