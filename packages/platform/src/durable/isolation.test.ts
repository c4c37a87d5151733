import { isJsonObject, type Json } from '@espalier/core';
import { expect, it } from 'vitest';
import { describeDatabasePlatforms } from '../testing/describe-platforms.ts';

const workflow = `
id: letters
concurrency: 4
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: spoil, kind: deterministic, role: linear, handler: ./spoil.mjs#spoil }
  - { id: fork, kind: deterministic, role: branch }
  - { id: left, kind: deterministic, role: linear, handler: ./spoil.mjs#spoil }
  - { id: right, kind: deterministic, role: linear, handler: ./spoil.mjs#spoil }
  - { id: join, kind: deterministic, role: merge, merge: { strategy: all, reducer: ./spoil.mjs#reduce } }
  - { id: end, kind: deterministic, role: exit }
edges:
  - { from: begin, to: spoil }
  - { from: spoil, to: fork }
  - { from: fork, to: left }
  - { from: fork, to: right }
  - { from: left, to: join }
  - { from: right, to: join }
  - { from: join, to: end }
`;

/** A handler that writes into everything that it is given, waits for others to do so, and writes again. */
const spoil = `
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
const scribble = (value, owner) => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  for (const key of Object.keys(value)) scribble(value[key], owner);
  if (Array.isArray(value)) value.push(owner);
  else value.scribbled = owner;
};
export async function spoil(input, context) {
  const { owner } = input;
  const kept = structuredClone(input);
  scribble(input, owner);
  scribble(context, owner);
  await pause();
  const strange = JSON.stringify(input).match(/run-\\d+/g).filter((name) => name !== owner);
  scribble(input, owner);
  return { owner, steps: [...kept.steps, owner], strange: [...kept.strange, ...strange], nested: { list: [owner] } };
}
export function reduce(entries) {
  const values = entries.map((entry) => entry.output);
  const first = values[0];
  const sums = { steps: values.flatMap((value) => value.steps), strange: values.flatMap((value) => value.strange) };
  const merged = structuredClone({ ...first, ...sums });
  scribble(entries, first.owner);
  return merged;
}`;

await describeDatabasePlatforms('ENG-Q true parallelism', (at) => {
  it.each([
    ['that begin at once', ''],
    ['that queue', 'scheduler: { enabled: true, max_concurrency: 100 }'],
  ])('a hundred concurrent runs %s share nothing: not input, output, state or memory', { timeout: 120_000 }, async (_, scheduler) => {
    const files = { 'spoil.mjs': spoil, ...(scheduler === '' ? {} : { 'scheduler.yaml': scheduler }) };
    const letters = await at.platform.open(await at.workflow(workflow, files));
    if (scheduler !== '') at.platform.work({ capacity: 100, pollMs: 50, drainMs: 0 });
    const shared = { nested: { list: ['theirs'] } };
    const handles = await Promise.all(
      Array.from({ length: 100 }, (_, index) => letters.run({ input: { owner: `run-${index}`, steps: [], strange: [], shared } })),
    );
    const results = await Promise.all(handles.map(({ ended }) => ended));
    for (const [index, { output, outcome }] of results.entries()) {
      const owner = `run-${index}`;
      expect([outcome, output, results[index]?.reason]).toMatchObject([
        'success',
        { owner, strange: [], steps: Array(4).fill(owner) },
        undefined,
      ]);
    }
    expect(shared).toEqual({ nested: { list: ['theirs'] } });
    for (const { run } of handles) {
      const { events, state, result } = await at.platform.inspect(run);
      const own = ownerOf(result.output);
      expect(new Set(JSON.stringify([events, state]).match(/run-\d+/g))).toEqual(new Set([own]));
      expect(JSON.stringify(events)).not.toContain('scribbled');
    }
    expect(await at.platform.verify(handles[0]?.run ?? '')).toMatchObject({ ok: true, ended: true });
  });
});

function ownerOf(output: Json): unknown {
  return isJsonObject(output) ? output.owner : undefined;
}
