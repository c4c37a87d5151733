import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JournalEvent, sha256 } from '@espalier/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../run/testing/sample-workflow.ts';
import { PluginHost } from './plugin-host.ts';
import type { PluginLimits } from './plugin-limits.ts';
import type { PluginReport } from './plugin-report.ts';
import type { PreparedPlugin } from './prepare-plugins.ts';

interface Shown {
  tell(event: JournalEvent): void;
  host: PluginHost;
  plugin: PreparedPlugin;
  reports: PluginReport[];
  /** What the plugin said on the console, once the host is closed. */
  said(): Promise<string[]>;
  kinds(): string[];
}

async function preparedAs(id: string, code: string, config: unknown = {}): Promise<PreparedPlugin> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'plugin.mjs'), code);
  const ofWorkflow = { id: 'sample', hash: 'f'.repeat(64), hashes: { 'plugin.mjs': sha256(code) } };
  return { id, module: './plugin.mjs', config, workflow: ofWorkflow, directory };
}

/** A host with one plugin of this code, and a run that tells it events. */
async function pluginOf(code: string, { config = {}, ...limits }: Partial<PluginLimits> & { config?: unknown } = {}): Promise<Shown> {
  const plugin = await preparedAs('log', code, config);
  const reports: PluginReport[] = [];
  const host = new PluginHost({ report: (report) => reports.push(report), limits: { watchMs: 20, ...limits } });
  onTestFinished(() => host.close());
  const tell = observerOf(host, plugin);
  return {
    tell,
    host,
    plugin,
    reports,
    async said() {
      await host.close();
      return reports.filter(({ kind }) => kind === 'output').flatMap(({ message }) => message.split('\n'));
    },
    kinds: () => reports.map(({ kind }) => kind),
  };
}

/** Tells events of a run to a plugin. */
function observerOf(host: PluginHost, plugin: PreparedPlugin, { run = 'run-1', tenant = 'default' } = {}): (event: JournalEvent) => void {
  const tell = host.observer([plugin], { tenant, run });
  if (!tell) throw new Error('nobody listens');
  return tell;
}

function eventAt(seq: number, reason = 'because'): JournalEvent {
  return { type: 'run.paused', payload: { reason }, at: 1, seq };
}

function tellMany(shown: Shown, count: number, first = 1): void {
  for (let seq = first; seq < first + count; seq += 1) shown.tell(eventAt(seq));
}

async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 30_000, interval: 5 }).toBe(true);
}

const patient = { drainMs: 30_000 };
const logSeq = 'export const observe = (event) => console.log(String(event.seq));';

describe('ENG-P a plugin', () => {
  it('gets every event in order, with its run, its workflow and its configuration, and is closed at the end', async () => {
    const code = `
      const seen = [];
      export function observe(event, context) { seen.push({ ...event, ...context }); }
      export function close() { console.log(JSON.stringify(seen)); }`;
    const shown = await pluginOf(code, { ...patient, config: { colour: 'red' }, outputPerMinute: 1e6 });
    tellMany(shown, 300);
    const [line = ''] = await shown.said();
    const seen = JSON.parse(line);
    expect(seen.map(({ seq }: JournalEvent) => seq)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(seen[0]).toEqual({ ...eventAt(1), plugin: 'log', workflow: 'sample', run: 'run-1', config: { colour: 'red' } });
    expect(shown.kinds()).toEqual(['output']);
  });

  it('that answers later gets the next event only then', async () => {
    const code = `
      let busy = 0;
      export async function observe(event) {
        busy += 1;
        await new Promise((done) => setTimeout(done, 5));
        console.log(event.seq + ' ' + busy);
        busy -= 1;
      }`;
    const shown = await pluginOf(code, patient);
    tellMany(shown, 3);
    expect(await shown.said()).toEqual(['1 1', '2 1', '3 1']);
  });

  it('cannot change an event for anybody else', async () => {
    const shown = await pluginOf('export const observe = (event) => { event.payload.reason = "changed"; event.seq = 7; };', patient);
    const event = eventAt(1);
    shown.tell(event);
    await shown.host.close();
    expect(event).toEqual(eventAt(1));
  });

  it('has no environment, no arguments, and nobody to post messages to', async () => {
    const code = `
      import { workerData } from 'node:worker_threads';
      export const observe = () => console.log(JSON.stringify([process.env, process.argv.slice(2), process.execArgv, workerData]));`;
    const shown = await pluginOf(code, patient);
    tellMany(shown, 1);
    expect(await shown.said()).toEqual(['[{},[],[],{}]']);
  });

  it('that throws or rejects goes on with the next event, and is reported the first, tenth and hundredth time', async () => {
    const code = `
      export function observe({ seq }) {
        if (seq % 2) throw new TypeError('odd');
        return Promise.reject(new Error('even'));
      }`;
    const shown = await pluginOf(code, { ...patient, batchEvents: 1 });
    tellMany(shown, 100);
    await shown.host.close();
    expect(shown.reports.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'failed: failed on an event: TypeError: odd.',
      'failed: failed on 10 events so far: Error: even.',
      'failed: failed on 100 events so far: Error: even.',
    ]);
  });

  it.each([
    ['an endless loop', 'for (;;);', 'a call took longer than 300 ms'],
    ['a promise that is never kept', 'return new Promise(() => {});', 'a call took longer than 300 ms'],
    ['process.exit', 'process.exit(0);', 'it ended its thread'],
    ['an error nobody catches', 'setTimeout(() => { throw new Error("late"); }); return new Promise(() => {});', 'Error: late'],
    ['a rejection nobody handles', 'void Promise.reject(new Error("lost")); return new Promise(() => {});', 'Error: lost'],
    ['a heap that grows', 'const all = []; for (;;) all.push({ all: [...all] });', 'ERR_WORKER_OUT_OF_MEMORY|memory limit'],
    [
      'buffers that grow',
      'const all = []; for (;;) { all.push(Buffer.alloc(1e6)); const t = performance.now(); while (performance.now() - t < 1); }',
      'more than 32 MB outside of its heap',
    ],
  ])('with %s is stopped and started again, and misses that event alone', async (_, harm, reason) => {
    const code = `export function observe({ seq }) { console.log(String(seq)); if (seq === 2) return new Promise(setImmediate).then(() => { ${harm} }); }`;
    const memory = { heapMb: 32, externalMb: 32 };
    const shown = await pluginOf(code, { ...patient, ...memory, callMs: reason.includes('call') ? 300 : 20_000, restMs: [1] });
    tellMany(shown, 4);
    await until(() => shown.kinds().includes('restarting'));
    await until(() => shown.reports.some(({ kind, message }) => kind === 'output' && message.includes('4')));
    expect(shown.reports.find(({ kind }) => kind === 'restarting')?.message).toMatch(new RegExp(reason));
    expect(await shown.said()).toEqual(['1', '2', '3', '4']);
    expect(shown.reports.at(-1)).toMatchObject({ kind: 'missing', message: 'missed 1 event by the end.', missed: 1 });
  });

  it('that fails again and again is switched off, and nothing more is spent on it', async () => {
    const shown = await pluginOf('export const observe = () => process.exit(1);', { restMs: [1, 1], batchEvents: 1 });
    tellMany(shown, 5);
    await until(() => shown.kinds().includes('off'));
    expect(shown.kinds()).toEqual(['restarting', 'restarting', 'off']);
    expect(shown.reports.at(-1)).toMatchObject({ message: 'is switched off: it ended its thread.', missed: 5 });
  });

  it.each([
    ['does not parse', 'export const observe = ( => 1;', './plugin.mjs does not load: SyntaxError: '],
    ['throws', 'throw new Error("no luck at " + import.meta.filename);', './plugin.mjs does not load: Error: no luck at plugin.mjs'],
    [
      'imports what is not there',
      'import "./nothing.mjs"; export const observe = () => {};',
      './plugin.mjs does not load: Error: Cannot find module',
    ],
    ['exports something else', 'export const look = () => {};', './plugin.mjs exports no function observe'],
  ])('whose module %s is switched off', async (_, code, reason) => {
    const shown = await pluginOf(code);
    tellMany(shown, 3);
    await until(() => shown.kinds().includes('off'));
    expect(shown.reports).toHaveLength(1);
    expect(shown.reports[0]?.message).toContain(`is switched off: ${reason}`);
    expect(shown.reports[0]?.message).not.toContain('/tmp');
    expect(shown.reports[0]?.missed).toBe(3);
  });

  it('whose module never finishes loading is stopped', async () => {
    const shown = await pluginOf('await new Promise(() => setInterval(() => {}, 1e6));', { loadMs: 200, restMs: [] });
    tellMany(shown, 1);
    await until(() => shown.kinds().includes('off'));
    expect(shown.reports[0]?.message).toBe('is switched off: loading its module took longer than 200 ms.');
  });

  it('that is slow misses what does not fit its queue, which is reported once, and once more when it has caught up', async () => {
    const code = `
      const starter = new BroadcastChannel('slow-plugin');
      export async function observe({ seq }) {
        console.log(String(seq));
        if (seq === 1) await new Promise((done) => { starter.onmessage = done; });
      }`;
    const starter = new BroadcastChannel('slow-plugin');
    onTestFinished(() => starter.close());
    const shown = await pluginOf(code, { ...patient, queueEvents: 10 });
    tellMany(shown, 1);
    await until(() => shown.kinds().includes('output')); // it is at the first
    tellMany(shown, 50, 2);
    starter.postMessage('go on');
    await until(() => shown.kinds().includes('recovered'));
    tellMany(shown, 1, 60);
    expect(await shown.said()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 60].map(String));
    expect(shown.reports.filter(({ kind }) => kind !== 'output').map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'missing: falls behind: 10 events wait for it, and what comes now passes it by.',
      'recovered: has caught up; it missed 40 events.',
    ]);
  });

  it('has a queue that is bounded in size as well', async () => {
    const shown = await pluginOf(logSeq, { ...patient, queueText: 1000 });
    shown.tell(eventAt(1, 'x'.repeat(2000)));
    tellMany(shown, 1, 2);
    expect(await shown.said()).toEqual(['2']);
    expect(shown.reports[0]).toMatchObject({ kind: 'missing', missed: 1 });
  });

  it('that floods the console or its parent is heard up to a bound', async () => {
    const code = `
      import { parentPort } from 'node:worker_threads';
      export function observe({ seq }) {
        for (let index = 0; index < 20_000; index += 1) {
          console.log('x'.repeat(100));
          console.error('y'.repeat(100));
          parentPort.postMessage('z'.repeat(100));
        }
      }`;
    const shown = await pluginOf(code, { ...patient, outputPerMinute: 500 });
    tellMany(shown, 5);
    const said = await shown.said();
    expect(said.join('').length).toBeLessThan(600);
    expect(said.at(-1)).toBe('(more of this minute is dropped)');
  });

  it('with nothing to do gives its thread back, and gets another with the next event', async () => {
    const code =
      'let count = 0; export const observe = () => { count += 1; console.log("event " + count); }; export const close = () => console.log("closed");';
    const shown = await pluginOf(code, { ...patient, idleMs: 1 });
    tellMany(shown, 1);
    await until(() => shown.reports.length === 2);
    await new Promise((done) => setTimeout(done, 100));
    tellMany(shown, 1);
    expect(await shown.said()).toEqual(['event 1', 'closed', 'event 1', 'closed']);
  });

  it('whose process ends while it gives its thread back misses nothing', async () => {
    const close = 'export const close = () => { console.log("closing"); return new Promise((done) => setTimeout(done, 200)); };';
    const shown = await pluginOf(`${logSeq} ${close}`, { ...patient, idleMs: 1 });
    tellMany(shown, 1);
    await until(() => shown.reports.some(({ message }) => message.includes('closing')));
    tellMany(shown, 1, 2);
    expect(await shown.said()).toEqual(['1', 'closing', '2', 'closing']);
  });

  it('waits for a place where there are too many threads', async () => {
    const shown = await pluginOf(logSeq, { threads: 1, idleMs: 1, ...patient });
    tellMany(shown, 1);
    observerOf(shown.host, await preparedAs('other', logSeq))(eventAt(2));
    await until(() => shown.reports.length === 2);
    expect(shown.reports.map(({ plugin, message }) => `${plugin} ${message}`)).toEqual(['log 1', 'other 2']);
  });

  it('is one for all runs of its workflow, and another for each tenant', async () => {
    const code = 'let count = 0; export const observe = (_, { run }) => { count += 1; console.log(run, count); };';
    const { host, plugin, tell, reports, said } = await pluginOf(code, patient);
    tell(eventAt(1));
    await until(() => reports.length === 1);
    observerOf(host, plugin, { run: 'run-2' })(eventAt(1));
    await until(() => reports.length === 2);
    observerOf(host, plugin, { run: 'run-3', tenant: 'other' })(eventAt(1));
    expect(await said()).toEqual(['run-1 1', 'run-2 2', 'run-3 1']);
  });

  it('that hangs when the process ends is waited for no longer than agreed', async () => {
    const shown = await pluginOf('export const observe = () => { for (;;); };', { drainMs: 300 });
    tellMany(shown, 3);
    const before = performance.now();
    await shown.host.close();
    expect(performance.now() - before).toBeLessThan(3000);
    expect(shown.reports).toMatchObject([{ kind: 'missing', message: 'missed 3 events by the end.' }]);
    tellMany(shown, 3, 4); // to nobody
    expect(shown.reports).toHaveLength(1);
  });

  it('whose close throws is reported', async () => {
    const shown = await pluginOf(`${logSeq} export const close = () => { throw new Error('stuck'); };`, patient);
    tellMany(shown, 1);
    await shown.host.close();
    expect(shown.reports.at(-1)).toMatchObject({ kind: 'failed', message: 'failed to close: Error: stuck.' });
  });

  it('S17 whose module has changed since its workflow was loaded is not started', async () => {
    const shown = await pluginOf(logSeq);
    await writeFile(join(shown.plugin.directory, 'plugin.mjs'), 'export const observe = () => {};');
    tellMany(shown, 1);
    await until(() => shown.kinds().includes('off'));
    expect(shown.reports[0]?.message).toBe('is switched off: plugin.mjs is no longer what the workflow was loaded with.');
  });
});

describe('a workflow without plugins', () => {
  it('has no observer', () => {
    const host = new PluginHost({ report: () => {} });
    expect(host.observer([], { tenant: 'default', run: 'run-1' })).toBeUndefined();
  });
});
