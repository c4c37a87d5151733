import { embedded, espalier } from '../../packages/cli/src/testing/espalier.fixture.ts';

/** A command of a page and, below it, what it prints. */
export interface ShownCommand {
  words: string[];
  output: string;
}

/** The commands of a page that stand above what they print, in order. */
export function shownCommands(page: string): ShownCommand[] {
  const examples = page.matchAll(/^```sh\nnpx espalier (.+)\n```\n\n```text\n([\s\S]*?)^```$/gm);
  return [...examples].map(([, command = '', output = '']) => ({ words: wordsOf(command), output }));
}

/** The words of a command, as a shell splits them. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/** What a command prints in `cwd`, progress first, with its runs in a database there and no variables but these. */
export async function printed(words: readonly string[], cwd: string, variables: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await espalier([...words], { cwd, environment: { ...embedded, npm_lifecycle_event: 'npx', ...variables } });
  return stderr + stdout;
}

/** A text without what is another one each time: ids, days, hashes, durations, and the spaces and lines that depend on their length. */
export function steady(text: string): string {
  return text
    .replaceAll(/\brun_[\w…]+/g, 'run_id')
    .replaceAll(/\d{4}-\d\d-\d\d/g, 'day')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'hash')
    .replaceAll(/\b\d+(?:\.\d+)? m?s\b/g, 'time')
    .replaceAll(/\s+/g, ' ');
}
