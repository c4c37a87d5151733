import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { compileExpression } from './expression.ts';
import { ExpressionThread } from './expression-thread.ts';

const endless = '$contains(text, /^(a+)+$/)';
const input = { text: `${'a'.repeat(60)}!` };
const threads: ExpressionThread[] = [];

function thread(limitMs: number): ExpressionThread {
  const started = new ExpressionThread(limitMs);
  threads.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(threads.splice(0).map((started) => started.stop()));
});

describe('an expression with a regular expression (S12)', () => {
  it('gives its result', async () => {
    expect(await compileExpression('$match(text, /a/).index').evaluate({ text: 'abca' })).toStrictEqual([0, 3]);
  });

  it('has its faults reported as they are elsewhere', async () => {
    await expect(compileExpression('/a/').evaluate(null)).rejects.toMatchObject({ code: 'expression.failed' });
    await expect(compileExpression('$contains("a", /a/) and [1..10000000]').evaluate(null)).rejects.toMatchObject({
      code: 'expression.too_costly',
    });
  });

  it('is stopped when it takes too long, as a retryable fault, and the next one works', async () => {
    const regexThread = thread(300);
    const stopped = regexThread.evaluate({ source: endless, input, bindings: {} });
    const waiting = regexThread.evaluate({ source: '$replace("abc", /b/, $name)', input: null, bindings: { name: 'x' } });
    await expect(stopped).rejects.toMatchObject({ code: 'expression.timed_out', retryable: true });
    expect(await waiting).toBe('axc');
  });

  it('counts a function’s signature among them, which can be as slow', async () => {
    const signature = `<${'n+'.repeat(12)}:n>`;
    const source = `(function($a)${signature}{ $a })(${'1, '.repeat(80)}"x")`;
    await expect(compileExpression(source).evaluate(null)).rejects.toMatchObject({ code: 'expression.timed_out' });
  });

  it('can be cancelled while it runs and while it waits', async () => {
    const regexThread = thread(60_000);
    const running = new AbortController();
    const queued = new AbortController();
    const first = regexThread.evaluate({ source: endless, input, bindings: {} }, running.signal);
    const second = regexThread.evaluate({ source: endless, input, bindings: {} }, queued.signal);
    queued.abort();
    await expect(second).rejects.toMatchObject({ code: 'effect.cancelled' });
    setTimeout(() => running.abort(), 50);
    await expect(first).rejects.toMatchObject({ code: 'effect.cancelled' });
    expect(await regexThread.evaluate({ source: '$contains("a", /a/)', input: null, bindings: {} })).toBe(true);
  });

  it('leaves the process free to end when it is idle', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'expression-'));
    try {
      const program = join(directory, 'program.ts');
      const module = new URL('./expression.ts', import.meta.url).href;
      await writeFile(
        program,
        `import { compileExpression } from ${JSON.stringify(module)};\nprocess.stdout.write(String(await compileExpression('$contains("ab", /b/)').evaluate(null)));\n`,
      );
      const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 15_000 });
      expect(stdout).toBe('true');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
