import { LineCounter } from 'yaml';
import { readJson } from './json-reader.ts';
import type { Located, ManifestDocument } from './manifest-document.ts';
import type { Problem } from './problem.ts';
import type { SyntaxFault } from './syntax-fault.ts';
import type { SourceFile } from './workflow.ts';
import { readYaml } from './yaml-reader.ts';

const maxBytes = 10 * 1024 * 1024;

/** What a file holds, if it could be read at all, and everything wrong with its text. */
export interface ReadResult {
  document?: ManifestDocument;
  problems: Problem[];
}

/** Reads a YAML or strict JSON file (by its extension) whose root is a mapping. Never throws: hostile text becomes problems. */
export function readDocument(file: SourceFile): ReadResult {
  const text = file.text.startsWith('\uFEFF') ? file.text.slice(1) : file.text;
  const lines = linesOf(text);
  const faults: SyntaxFault[] = [];
  const root = readText(file.path, text, faults);
  if (root && !root.members) faults.push({ code: 'manifest.not_a_mapping', message: notAMapping(root), offset: root.offset });
  const problems = faults.map((fault) => problemOf(fault, file.path, lines));
  return root?.members ? { document: { file: file.path, root, lines }, problems } : { problems };
}

function readText(path: string, text: string, faults: SyntaxFault[]): Located | undefined {
  const fault = textFault(text);
  if (fault) {
    faults.push(fault);
    return undefined;
  }
  return path.endsWith('.json') ? readJson(text, faults) : readYaml(text, faults);
}

function textFault(text: string): SyntaxFault | undefined {
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    return { code: 'manifest.too_large', message: 'The file is larger than 10 MB.', offset: 0 };
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) return { code: 'manifest.invalid_text', message: 'The text holds a NUL character.', offset: nul };
  if (text.isWellFormed()) return undefined;
  return { code: 'manifest.invalid_text', message: 'The text holds a lone surrogate.', offset: text.search(/\p{Surrogate}/u) };
}

function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  return lines;
}

function notAMapping({ value }: Located): string {
  const found = Array.isArray(value) ? 'a list' : value === null ? 'nothing' : `a ${typeof value}`;
  return `The file holds ${found}, not a mapping of keys to values.`;
}

function problemOf({ code, message, offset }: SyntaxFault, file: string, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(offset);
  return { code, message, file, line, column: col, path: '' };
}
