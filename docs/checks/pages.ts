import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a slash at its end. */
export const repository: string = fileURLToPath(new URL('../../', import.meta.url));

/** One page of the documentation. */
export interface Page {
  /** Relative to the repository, with forward slashes. */
  path: string;
  text: string;
}

/** Every Markdown page that people read: at the root, under docs, and the READMEs of packages and examples. */
export async function readPages(): Promise<Page[]> {
  const paths = [...(await pagesIn('', false)), ...(await pagesIn('docs/', true))];
  for (const parent of ['packages', 'examples']) {
    for (const name of await readdir(`${repository}${parent}`)) paths.push(...(await pagesIn(`${parent}/${name}/`, false)));
  }
  return Promise.all(paths.map(async (path) => ({ path, text: await readText(path) })));
}

/** A file of the repository as text. */
export function readText(path: string): Promise<string> {
  return readFile(`${repository}${path}`, 'utf8');
}

async function pagesIn(folder: string, recursive: boolean): Promise<string[]> {
  const names = await readdir(`${repository}${folder}`, { recursive });
  return names
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}${name.replaceAll('\\', '/')}`)
    .sort();
}

/** A fenced block, and what the comment above it says about it: `<!-- file: roles/split/workflow.yaml -->`. */
export interface Block {
  page: string;
  line: number;
  language: string;
  code: string;
  /** `file`: the code is that file; `part`: some of it; `run`: what running that directory gives. Paths begin in docs/. */
  claim: { kind: 'file' | 'part' | 'run'; path: string } | undefined;
}

/** The fenced blocks of a page. */
export function blocksOf({ path, text }: Page): Block[] {
  const fence = /(?:<!-- (file|part|run): (\S+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(fence)].map((match) => {
    const [, kind, target, language = '', code = ''] = match;
    const claim = kind === undefined || target === undefined ? undefined : { kind: kind as 'file' | 'part' | 'run', path: target };
    return { page: path, line: text.slice(0, match.index).split('\n').length, language, code, claim };
  });
}

/** The cells of the body rows of every table in `text`, without the backquotes around a whole cell. */
export function tableRows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const cells = lines.map((line) =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split(/(?<!\\)\|/)
      .map(plainCell),
  );
  return cells.filter((row, index) => !isRule(row) && !isRule(cells[index + 1]));
}

function plainCell(cell: string): string {
  const text = cell.trim().replaceAll('\\|', '|');
  return /^`[^`]*`$/.test(text) ? text.slice(1, -1) : text;
}

function isRule(row: readonly string[] | undefined): boolean {
  return row?.every((cell) => /^:?-+:?$/.test(cell)) ?? false;
}

/** The text under one heading, up to the next heading of the same or a higher level. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`no heading ${heading}`);
  const level = heading.indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}
