import type { LineCounter } from 'yaml';
import type { Json } from '../wire/json.ts';
import { jsonPointer } from '../wire/json-pointer.ts';
import type { Problem } from './problem.ts';
import type { ProblemCode } from './problem-codes.ts';

/** A value that knows where it was written. Offsets count UTF-16 code units from the start of the text, byte-order mark excluded. */
export interface Located {
  readonly value: Json;
  readonly offset: number;
  /** Of a mapping. */
  readonly members?: ReadonlyMap<string, LocatedMember>;
  /** Of a list. */
  readonly items?: readonly Located[];
}

export interface LocatedMember {
  readonly keyOffset: number;
  readonly node: Located;
}

/** A file that could be read, whatever it says. */
export interface ManifestDocument {
  readonly file: string;
  readonly root: Located;
  readonly lines: LineCounter;
}

/** Keys and indexes from the root of a document. */
export type Path = readonly (string | number)[];

/** Something wrong at a path of a document, before it has a line and a column. */
export interface Finding {
  code: ProblemCode;
  message: string;
  path: Path;
  /** Points at the key instead of the value. */
  atKey?: boolean;
  expected?: string | undefined;
  nearest?: string | undefined;
}

/** The finding as a problem. A path that does not exist is placed at the nearest enclosing value that does. */
export function locate(document: ManifestDocument, finding: Finding): Problem {
  const { line, col } = document.lines.linePos(offsetOf(document.root, finding));
  const { code, message, path, expected, nearest } = finding;
  return {
    code,
    message,
    file: document.file,
    line,
    column: col,
    path: jsonPointer(path),
    ...(expected === undefined ? {} : { expected }),
    ...(nearest === undefined ? {} : { nearest }),
  };
}

function offsetOf(root: Located, { path, atKey }: Finding): number {
  let node = root;
  let offset = root.offset;
  for (const [depth, step] of path.entries()) {
    const member = node.members?.get(String(step));
    const child = member?.node ?? node.items?.[Number(step)];
    if (!child) break;
    const last = depth === path.length - 1;
    offset = last && atKey && member ? member.keyOffset : child.offset;
    node = child;
  }
  return offset;
}

/** The value at a path, or undefined if there is none. */
export function nodeAt(root: Located, path: Path): Located | undefined {
  let node: Located | undefined = root;
  for (const step of path) {
    node = node?.members?.get(String(step))?.node ?? node?.items?.[Number(step)];
  }
  return node;
}
