import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What an assertion is told about the run beside the value at its field path. */
interface Evaluated {
  input: { instruction: string } | string;
  expected?: unknown;
  /** Absolute path of the directory that the case worked in. */
  workspace: string;
}

/** The workspace holds one Markdown file, whose title and sections are those of the summary. */
export async function isAsSummarised(summary: { title: string; sections: string[] }, { workspace }: Evaluated) {
  const text = await readMarkdown(workspace);
  const title = /^# (.+)$/m.exec(text)?.[1];
  const sections = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
  const passed = title === summary.title && JSON.stringify(sections) === JSON.stringify(summary.sections);
  return { passed, message: `the file has the title ${title} and the sections ${sections.join(', ')}` };
}

/** Every line that is expected stands in the file as it is. */
export async function keepsLines(_summary: unknown, { workspace, expected }: Evaluated) {
  const lines = new Set((await readMarkdown(workspace)).split('\n'));
  const missing = [expected].flat().filter((line) => typeof line === 'string' && !lines.has(line));
  return { passed: missing.length === 0, message: `missing: ${missing.join(' | ') || 'nothing'}` };
}

/** The share of the longer words of the instruction that the file speaks of. */
export async function speaksOfRequest(_summary: unknown, { workspace, input }: Evaluated) {
  const text = (await readMarkdown(workspace)).toLowerCase();
  const instruction = typeof input === 'string' ? input : input.instruction;
  const words = new Set(instruction.toLowerCase().match(/\p{L}{5,}/gu));
  const found = [...words].filter((word) => text.includes(word));
  return { score: found.length / words.size, message: `${found.length} of ${words.size} words` };
}

async function readMarkdown(workspace: string): Promise<string> {
  const names = (await readdir(workspace)).filter((name) => name.endsWith('.md'));
  if (names.length !== 1) throw new Error(`expected one Markdown file, found ${names.join(', ') || 'none'}`);
  return readFile(join(workspace, names[0] ?? ''), 'utf8');
}
