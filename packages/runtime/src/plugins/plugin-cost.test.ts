import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type JournalEvent, type Json, sha256 } from '@espalier/core';
import { expect, it } from 'vitest';
import { JsonlJournal } from '../journal/jsonl-journal.ts';
import type { PreparedWorkflow } from '../run/prepare.ts';
import { compileSample, prepareSample, type Sample, temporaryDirectory } from '../run/testing/sample-workflow.ts';
import { driverOn, engineVersion } from '../run/testing/test-driver.ts';
import { PluginHost } from './plugin-host.ts';

/*
 * What a plugin may cost the runs that it observes. Measured on two busy cores: a run of nothing but pure nodes on a journal in files takes
 * 1.0 to 2.2 times as long with any plugin, hostile or not; that is the text of each event, about 2 µs.
 */
const mostTimes = 4;
/** The shortest of so many: what else this machine does is not the plugin's. */
const rounds = 6;

/** A split over many items, a pure node for each, and their merge: as many events as can be had in a short time. */
const many: Sample = {
  workflow: {
    nodes: [
      { id: 'begin', kind: 'deterministic', role: 'start', default_start: true },
      { id: 'each', kind: 'deterministic', role: 'split', split: { over: 'items' } },
      { id: 'work', kind: 'deterministic', role: 'linear' },
      { id: 'join', kind: 'deterministic', role: 'merge', merge: { reducer: 'last' } },
      { id: 'end', kind: 'deterministic', role: 'exit' },
    ],
    edges: [
      { from: 'begin', to: 'each' },
      { from: 'each', to: 'work' },
      { from: 'work', to: 'join' },
      { from: 'join', to: 'end' },
    ],
  },
};
const input: Json = { items: Array.from({ length: 20_000 }, (_, index) => ({ index })) };

const hostile = [
  ['hangs', 'export const observe = () => { for (;;); };'],
  ['throws', 'export const observe = () => { throw new Error("no"); };'],
  ['ends its thread', 'export const observe = () => process.exit(1);'],
  [
    'floods its parent, the console and its memory',
    `import { parentPort } from 'node:worker_threads';
     const kept = [];
     export function observe(event) {
       for (let index = 0; index < 1000; index += 1) {
         parentPort.postMessage('x'.repeat(1000));
         console.log('x'.repeat(1000));
         kept.push(Buffer.alloc(1000));
       }
     }`,
  ],
] as const;

it.each(hostile)(
  'ENG-P a plugin that %s slows a run of pure nodes down by a bounded factor and leaves its journal alone',
  async (_, code) => {
    const plain = await prepareSample(many);
    const observed = await withPlugin(plain, code);
    const times = { plain: Number.POSITIVE_INFINITY, observed: Number.POSITIVE_INFINITY };
    for (let round = 0; round < rounds && !(times.observed < mostTimes * times.plain); round += 1) {
      const [without, beside] = [await timedRun(plain), await timedRun(observed)];
      expect(JSON.stringify(beside.events)).toBe(JSON.stringify(without.events));
      times.plain = Math.min(times.plain, without.ms);
      times.observed = Math.min(times.observed, beside.ms);
    }
    expect(times.observed / times.plain).toBeLessThan(mostTimes);
  },
);

async function timedRun(prepared: PreparedWorkflow): Promise<{ ms: number; events: JournalEvent[] }> {
  const journal = new JsonlJournal(await temporaryDirectory());
  const host = new PluginHost({ report: () => {}, limits: { drainMs: 1 } });
  const observe = host.observer(prepared.plugins ?? [], { tenant: 'default', run: 'run-1' });
  if (observe) {
    observe({ type: 'run.resumed', payload: {}, at: 0, seq: 1 });
    await pause(200); // it is at its worst when the run begins
  }
  const before = performance.now();
  await driverOn(journal, { now: () => 0 }).start(prepared, { run: 'run-1', input, engineVersion, observe }).ended;
  const ms = performance.now() - before;
  await host.close();
  const events = await journal.read('run-1');
  await journal.close();
  return { ms, events };
}

async function withPlugin(prepared: PreparedWorkflow, code: string): Promise<PreparedWorkflow> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'plugin.mjs'), code);
  const { id, hash } = compileSample(many);
  const workflow = { id, hash, hashes: { 'plugin.mjs': sha256(code) } };
  return { ...prepared, plugins: [{ id: 'hostile', module: './plugin.mjs', config: {}, workflow, directory }] };
}
