import type { Frame } from '@espalier/core';
import { expect, it } from 'vitest';
import { SpokenText } from './spoken-text.ts';
import { createStyle } from './style.ts';

function listening({ width = 30 } = {}) {
  let written = '';
  const deployments = new Map([['a', 'main']]);
  const spoken = new SpokenText({
    terminal: { width, style: createStyle(false) },
    write: (lines) => {
      written += lines;
    },
    deploymentOf: (effect) => deployments.get(effect),
  });
  const offsets = new Map<string, number>();
  const frame = (effect: string, rest: { kind: 'delta'; text: string } | { kind: 'done' | 'reset' | 'retract' }, offset: number) => {
    spoken.show({ run: 'run_1', task: 'root', node: `node-${effect}`, effect, try: 1, offset, ...rest } as Frame);
  };
  return {
    spoken,
    deployments,
    say(effect: string, ...texts: string[]) {
      for (const text of texts) {
        const offset = offsets.get(effect) ?? 0;
        frame(effect, { kind: 'delta', text }, offset);
        offsets.set(effect, offset + text.length);
      }
    },
    reset(effect: string) {
      offsets.set(effect, 0);
      frame(effect, { kind: 'reset' }, 0);
    },
    retract: (effect: string, offset: number) => frame(effect, { kind: 'retract' }, offset),
    done: (effect: string) => frame(effect, { kind: 'done' }, offsets.get(effect) ?? 0),
    written: () => written,
  };
}

it('S24 writes lines as soon as they are whole, wrapped and indented, and keeps the beginning of the next', () => {
  const { say, done, written, spoken } = listening();
  say('a', 'One two three ', 'four five six seven');
  expect(written()).toBe('  … node-a  main\n    One two three four five\n');
  expect(spoken.unfinished).toBe('    six seven');
  say('a', ' eight\r', '\n\nnine');
  expect(written()).toBe('  … node-a  main\n    One two three four five\n    six seven eight\n\n');
  done('a');
  expect(written()).toMatch(/\n {4}nine\n$/);
  expect(spoken.unfinished).toBeUndefined();
});

it('S24 strikes what was shown when another try begins, and says who speaks then', () => {
  const { say, reset, done, written, deployments } = listening();
  say('a', 'A pear is');
  reset('a');
  expect(written()).toBe('  … node-a  main\n    A pear is\n');
  deployments.set('a', 'spare');
  say('a', 'Pears are');
  done('a');
  expect(written()).toBe('  … node-a  main\n    A pear is\n    (begins again: spare)\n    Pears are\n');
});

it('S24 says that what was shown does not hold if nobody begins again, and how much was taken back', () => {
  const broken = listening({ width: 60 });
  broken.say('a', 'A pear is');
  broken.reset('a');
  broken.spoken.end({ task: 'root', node: 'node-a' });
  expect(broken.written()).toMatch(/A pear is\n {4}\(broke off: this does not hold\)\n$/);
  const retracted = listening({ width: 60 });
  retracted.say('a', 'The key is 1234');
  retracted.retract('a', 11);
  expect(retracted.written()).toMatch(/The key is 1234\n {4}\(taken back: the last 4 characters\)\n$/);
});

it('lets one speak after the other, in the order in which they began', () => {
  const { say, reset, done, written, deployments } = listening();
  deployments.set('b', 'spare');
  say('a', 'First. ');
  say('b', 'Wrong. ');
  reset('b');
  say('b', 'Second.');
  deployments.delete('b'); // its call has ended
  done('b');
  expect(written()).toBe('  … node-a  main\n');
  say('a', 'Done.');
  done('a');
  expect(written()).toBe('  … node-a  main\n    First. Done.\n  … node-b  spare\n    Second.\n');
});

it('lets nothing reach the terminal that could move its cursor', () => {
  const { say, done, written, spoken } = listening({ width: 60 });
  say('a', 'red \u001b[31m', '\u001b[2J');
  expect(spoken.unfinished).toBe('    red \\u001b[31m\\u001b[2J');
  done('a');
  expect(written()).toContain('    red \\u001b[31m\\u001b[2J\n');
});
