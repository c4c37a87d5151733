import { expect, it } from 'vitest';
import { LiveLine } from './live-line.ts';
import { createStyle } from './style.ts';
import type { Terminal } from './terminal.ts';

/** A screen that knows what live lines are drawn with: line feeds, returns, one line up, and the rest of a line cleared. */
function screen() {
  const lines = [''];
  let row = 0;
  let column = 0;
  const put = (text: string) => {
    lines[row] = (lines[row] ?? '').slice(0, column).padEnd(column) + text + (lines[row] ?? '').slice(column + text.length);
    column += text.length;
  };
  const terminal: Terminal = {
    isLive: true,
    width: 40,
    style: createStyle(false),
    write(text) {
      for (const piece of text.split(/(\n|\r|\P{Cc}+)/u)) {
        if (piece === '\n') [row, column] = [row + 1, 0];
        else if (piece === '\r') column = 0;
        else if (piece === '[1A') row -= 1;
        else if (piece === '[K') lines[row] = (lines[row] ?? '').slice(0, column);
        else if (/^\P{Cc}/u.test(piece)) put(piece);
      }
    },
  };
  return { terminal, shown: () => lines.map((line) => line.trimEnd()).filter((line) => line !== '') };
}

it('draws what is under way last, the beginning of a line above it, and writes whole lines above both', async () => {
  const { terminal, shown } = screen();
  let unfinished: string | undefined = '    A pear is a tree whose branches are long enough';
  const live = new LiveLine(terminal, { underWay: () => [{ node: 'draft', startedAt: undefined }], unfinished: () => unfinished });
  await expect.poll(shown).toEqual(['    A pear is a tree whose branches ar…', expect.stringMatching(/^ {2}\S draft$/)]);
  live.write('  ✓ start\n');
  await expect.poll(shown).toEqual(['  ✓ start', '    A pear is a tree whose branches ar…', expect.stringMatching(/draft$/)]);
  unfinished = undefined;
  await expect.poll(shown).toEqual(['  ✓ start', expect.stringMatching(/draft$/)]);
  live.end();
  expect(shown()).toEqual(['  ✓ start']);
});
