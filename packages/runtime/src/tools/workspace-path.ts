import { EspalierError } from '@espalier/core';

const maxSegmentBytes = 255;
const maxPathBytes = 1024;
const deviceName = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)/i;
/** Directories that belong to Espalier and to git, and the short names that Windows gives them. */
const protectedNames = new Set(['.espalier', 'espali~1', '.git', 'git~1']);

/**
 * The segments of a path relative to a workspace, without `.`; empty for the workspace itself. The same paths are refused on every
 * system: those that any common file system would understand as something else, somewhere else, or under another name.
 * @throws EspalierError `path.outside_workspace`; `tool.failed` for over-long names.
 */
export function workspaceSegments(path: string): string[] {
  const fault = pathFault(path);
  if (fault !== undefined) throw outside(path, fault);
  const segments = path.split('/').filter((segment) => segment !== '.');
  for (const segment of segments) checkSegment(segment, path);
  if (Buffer.byteLength(path) > maxPathBytes) throw new EspalierError('tool.failed', `A path is longer than ${maxPathBytes} bytes.`);
  return segments;
}

function pathFault(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if ([...path].some(isControl)) return 'it holds a control character';
  if (!path.isWellFormed()) return 'it holds a lone surrogate';
  if (path.startsWith('/')) return 'it is absolute';
  if (path.includes('\\')) return 'it holds a backslash; separate names with /';
  if (path.includes(':')) return 'it holds a colon, which names a drive or a stream on some systems';
  return undefined;
}

function isControl(character: string): boolean {
  return character < ' ' || character === '\u007f';
}

function checkSegment(segment: string, path: string): void {
  if (Buffer.byteLength(segment) > maxSegmentBytes) {
    throw new EspalierError('tool.failed', `A name in a path is longer than ${maxSegmentBytes} bytes: ${segment.slice(0, 40)}….`);
  }
  const fault = segmentFault(segment);
  if (fault !== undefined) throw outside(path, fault);
}

function segmentFault(segment: string): string | undefined {
  if (segment === '') return 'it has an empty name between two slashes or at its end';
  if (segment === '..') return 'it goes up with ..';
  if (/[. ]$/.test(segment)) return 'a name in it ends with a dot or a blank';
  if (deviceName.test(segment)) return 'it names a device on some systems';
  if (isProtected(segment)) return '.espalier and .git are not part of the workspace';
  return undefined;
}

/** Whether a name would reach a protected directory on any file system. */
export function isProtected(name: string): boolean {
  return protectedNames.has(foldedName(name));
}

/** A name as the least exact file system sees it: some ignore case, some compare compatibility forms, some drop invisible characters. */
export function foldedName(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase();
}

/** The error for a path that does not stay in the workspace. The path is shown shortened and escaped. */
export function outside(path: string, reason: string): EspalierError {
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path).toWellFormed();
  return new EspalierError('path.outside_workspace', `${shown} is not a path inside the workspace: ${reason}.`);
}
