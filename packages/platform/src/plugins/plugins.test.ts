import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { PluginReport } from '../index.ts';
import { describeDatabasePlatforms, describePlatforms, type PlatformUnderTest } from '../testing/describe-platforms.ts';

const waiting = `
id: waiting
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: rest, kind: deterministic, role: linear, handler: wait, with: { for: 60ms } }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: rest }, { from: rest, to: end }]
`;

const logging = {
  'plugins.yaml': 'plugins: [{ id: log, module: ./log.mjs#log }, { id: idle, module: ./none.mjs, enabled: false }]',
  'log.mjs': 'export const log = ({ seq, type }, { run }) => console.log(JSON.stringify([run, seq, type]));',
  'none.mjs': '',
};

/** A platform that keeps what its plugins write and what becomes of them. */
async function listening(at: PlatformUnderTest) {
  await at.platform.close();
  const reports: PluginReport[] = [];
  const platform = await at.open({ onPluginReport: (report) => reports.push(report) });
  const said = (run: string): [number, string][] =>
    reports
      .filter(({ kind }) => kind === 'output')
      .flatMap(({ message }) => message.split('\n').map((line): [string, number, string] => JSON.parse(line)))
      .filter(([of]) => of === run)
      .map(([_, seq, type]) => [seq, type]);
  return { platform, reports, said };
}

async function typesOf(platform: PlatformUnderTest['platform'], run: string) {
  return (await platform.inspect(run)).events.map(({ seq, type }) => [seq, type]);
}

await describePlatforms('ENG-P plugins of a workflow', (at) => {
  it('see every event of its journal in order, beside who else observes the run', async () => {
    const { platform, reports, said } = await listening(at);
    const observed: number[] = [];
    const opened = await platform.open(await at.workflow(waiting, logging));
    const handle = await opened.run({ input: {}, observe: ({ seq }) => observed.push(seq) });
    await handle.ended;
    const events = await typesOf(platform, handle.run);
    await platform.close();
    expect(said(handle.run)).toEqual(events);
    expect(observed).toEqual(events.map(([seq]) => seq));
    expect(new Set(reports.map(({ kind }) => kind))).toEqual(new Set(['output']));
  });

  it('see what was asked of a run while nobody drove it', async () => {
    const { platform, said } = await listening(at);
    const opened = await platform.open(await at.workflow(waiting, logging));
    const handle = await opened.run({ input: {}, parkAfterMs: Number.POSITIVE_INFINITY });
    await handle.pause();
    expect(await handle.ended).toMatchObject({ status: 'paused' });
    const owners = async () => (await platform.runs(1)).runs.map((entry) => ('owner' in entry ? entry.owner : undefined));
    await expect.poll(owners).toEqual([undefined]);
    await platform.resume(handle.run);
    await (await opened.resume(handle.run)).ended;
    const events = await typesOf(platform, handle.run);
    await platform.close();
    expect(events).toContainEqual([expect.any(Number), 'run.resumed']);
    const seen = new Map(said(handle.run));
    expect([...seen].sort(([left], [right]) => left - right)).toEqual(events);
  });

  it('that are broken change nothing about it', async () => {
    const { platform, reports } = await listening(at);
    const broken = { ...logging, 'log.mjs': 'export const log = () => process.exit(1);' };
    const handle = await (await platform.open(await at.workflow(waiting, broken))).run({ input: {} });
    expect(await handle.ended).toMatchObject({ status: 'completed', outcome: 'success' });
    expect(await platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
    await platform.close();
    expect(reports.length).toBeGreaterThan(0);
    expect(reports[0]).toMatchObject({ plugin: 'log', workflow: 'waiting' });
  });

  it('S26 are refused if their module lies behind a link', async () => {
    const directory = await at.workflow(waiting, { 'plugins.yaml': 'plugins: [{ id: log, module: ./log.mjs }]' });
    await mkdir(at.options.stateDirectory, { recursive: true });
    await writeFile(join(at.options.stateDirectory, 'outside.mjs'), 'export const observe = () => {};');
    await symlink(join(at.options.stateDirectory, 'outside.mjs'), join(directory, 'log.mjs'));
    const problems = [expect.objectContaining({ code: 'manifest.module_missing', file: 'plugins.yaml' })];
    await expect(at.platform.open(directory)).rejects.toMatchObject({ code: 'manifest.invalid', details: { problems } });
  });
});

await describeDatabasePlatforms('ENG-P plugins of a run that was left to a worker', (at) => {
  it('see it from its start on', async () => {
    const { platform, said } = await listening(at);
    const opened = await platform.open(await at.workflow(waiting, logging));
    const run = await opened.submit({ input: {} });
    const worker = platform.work({ parkAfterMs: 10 });
    await expect.poll(async () => (await platform.inspect(run)).status, { timeout: 30_000 }).toBe('completed');
    await worker.stop();
    const events = await typesOf(platform, run);
    await platform.close();
    expect([...new Map(said(run))]).toEqual(events);
  });
});
