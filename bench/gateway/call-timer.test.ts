import { expect, it } from 'vitest';
import { CallTimer } from './call-timer.ts';
import { machineMs } from './manners.ts';

function pass(ms: number): void {
  for (const end = machineMs() + ms; machineMs() < end; );
}

it('takes off what the upstream held, and leaves out the first call', () => {
  const timer = new CallTimer();
  timer.text('{"held":1}');
  timer.done();
  pass(3);
  timer.text('{"held":');
  timer.text('1e9,"done":true}');
  pass(2);
  timer.done();
  const [call, ...others] = timer.calls();
  expect(others).toEqual([]);
  expect(call?.firstText).toBeGreaterThanOrEqual(3 - 1e9);
  expect(call?.net).toBeGreaterThanOrEqual(5 - 1e9);
  expect(call?.net).toBeLessThan(0);
});

it('tells how long each word was under way', () => {
  const timer = new CallTimer();
  timer.text('{}');
  timer.done();
  timer.text(`{"held":0,"sent":"${machineMs()} `);
  const sent = machineMs();
  pass(2);
  timer.text(`${sent} `);
  timer.text('"}');
  timer.done();
  const [call] = timer.calls();
  expect(call?.delays).toEqual([expect.any(Number)]);
  expect(call?.delays[0]).toBeGreaterThanOrEqual(2);
  expect(call?.perDelta).toBeGreaterThanOrEqual(1);
});

it('refuses a call that gave no text', () => {
  const timer = new CallTimer();
  timer.text('{}');
  timer.done();
  timer.done();
  expect(() => timer.calls()).toThrow('gave no text');
});
