import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type Graph, verify } from '@espalier/core';
import { openPlatform } from '@espalier/platform';
import type { SystemDoor, TenantDoor } from '@espalier/store';
import type { BookedRequest, LoggedEvent, Performance, RunEvidence } from './evidence.ts';
import { openWorkflows } from './outsider.ts';

/** The tenant of platforms that name none. */
export const tenant = 'default';

type Rows = Pick<RunEvidence, 'run' | 'row' | 'task'>;

/** The whole log in its order. */
export async function collectLog({ kysely }: SystemDoor): Promise<LoggedEvent[]> {
  const query = kysely.selectFrom('espalier.events').select(['stream', 'seq', 'position']).orderBy('position').orderBy('id').orderBy('seq');
  return (await query.execute()).map(({ stream, seq, position }) => ({ stream, seq: Number(seq), position }));
}

/** What the books say of every request to a provider. */
export async function collectBooks({ kysely }: SystemDoor): Promise<BookedRequest[]> {
  return kysely.selectFrom('espalier.usage').select(['key', 'try', 'status', 'cost']).execute();
}

/** All runs with their root tasks, as their rows have them. */
export async function collectRows({ kysely }: SystemDoor): Promise<Rows[]> {
  const tasks = new Map((await kysely.selectFrom('espalier.tasks').selectAll().execute()).map((task) => [task.task, task]));
  const runs = await kysely.selectFrom('espalier.runs').selectAll().orderBy('started_at').execute();
  return runs.map(({ run, status, outcome, owner, ended_at, task }) => {
    const root = task === null ? undefined : tasks.get(task);
    return {
      run,
      row: { status, outcome, owner, ended: ended_at !== null },
      task: root && { status: root.status, outcome: root.outcome, run: root.run },
    };
  });
}

/** Adds the journals, and what comes of replaying them as `espalier verify` does. */
export async function collectJournals(rows: readonly Rows[], door: TenantDoor): Promise<RunEvidence[]> {
  const graphs = await compileGraphs();
  const runs: RunEvidence[] = [];
  for (const row of rows) {
    const journal = await door.journal(row.run);
    const [first] = journal;
    const graph = first?.type === 'run.started' ? graphs.get(first.payload.workflow_hash) : undefined;
    if (!graph) throw new Error(`run ${row.run} is of none of the workflows of the torture`);
    runs.push({ ...row, verification: verify(graph, journal), journal: journal.map(withoutText) });
  }
  return runs;
}

/** The graphs of the workflows by their hashes: compiled once, for there may be thousands of runs. */
async function compileGraphs(): Promise<Map<string, Graph>> {
  const platform = await openPlatform({ journal: 'memory', stateDirectory: tmpdir(), workspace: tmpdir() });
  const { everything, oversleep } = await openWorkflows(platform);
  await platform.close();
  return new Map([everything, oversleep].map(({ workflow }) => [workflow.hash, workflow.graph]));
}

/** The large texts of thousands of runs would fill the memory. */
function withoutText(event: RunEvidence['journal'][number]): RunEvidence['journal'][number] {
  if (event.type === 'effect.completed' || event.type === 'node.completed') {
    const { output: _, ...payload } = event.payload;
    return { ...event, payload } as RunEvidence['journal'][number];
  }
  return event;
}

/** The lines of a file that is appended to; none if nobody wrote to it. A killed writer may leave the last one unfinished. */
export async function readLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
}

export async function readPerformances(path: string): Promise<Performance[]> {
  return (await readLines(path)).map((line) => JSON.parse(line) as Performance);
}
