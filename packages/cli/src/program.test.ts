import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commandsPage } from './output/commands-page.ts';
import { createProgram } from './program.ts';
import { processSurroundings } from './surroundings.ts';
import { espalier, temporaryDirectory } from './testing/espalier.fixture.ts';

describe('the command line', () => {
  it.each([
    { words: ['rum'], message: "Unknown command 'rum'. Did you mean" },
    { words: ['validate', 'x', '--jsno'], message: "Unknown option '--jsno'. Did you mean --json?" },
    { words: ['run'], message: "Missing required argument 'directory'." },
    { words: ['graph', 'a', 'b'], message: 'Too many arguments' },
    { words: ['run', 'x', '--json', '--events'], message: "'--json' cannot be used with option '--events'" },
    { words: ['run', 'x', '--resume', 'last', '--input', 'y'], message: "'--resume <run>' cannot be used" },
  ])('refuses $words with exit 2', async ({ words, message }) => {
    await using at = await temporaryDirectory();
    const { exit, stdout, stderr } = await espalier(words, { cwd: at.path });
    expect(`${stdout}${stderr}`).toContain(message);
    expect(`${stdout}${stderr}`).toContain('usage.invalid');
    expect(exit).toBe(2);
  });

  it('prints help without a command, with exit 2; when asked, with exit 0', async () => {
    await using at = await temporaryDirectory();
    const bare = await espalier([], { cwd: at.path });
    const asked = await espalier(['--help'], { cwd: at.path });
    expect(bare.stderr).toBe(asked.stdout);
    expect(asked.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect([bare.exit, asked.exit]).toEqual([2, 0]);
    expect((await espalier(['--version'], { cwd: at.path })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('gives advice that works where it was started: through npm, npx or by itself', async () => {
    await using at = await temporaryDirectory();
    const advice = async (npm_lifecycle_event: string, directory: string) =>
      (await espalier(['init', directory], { cwd: at.path, environment: { npm_lifecycle_event } })).stdout;
    expect(await advice('start', 'one')).toContain('npm run espalier -- validate one');
    expect(await advice('npx', 'two')).toContain('npx espalier validate two');
    expect(await advice('', 'three')).toContain('\n  espalier validate three');
  });

  it('has a page in docs/ that is up to date: node scripts/generate-cli-docs.ts', async () => {
    const page = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    expect(page).toBe(commandsPage(createProgram(processSurroundings(), () => {})));
  });
});
