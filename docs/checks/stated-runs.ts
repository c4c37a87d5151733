import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject, type JournalEvent, type Json } from '@espalier/core';
import { openPlatform, type RunReport } from '@espalier/platform';
import { repository } from './pages.ts';

/** What a page says about one run. */
export interface StatedRun {
  start?: string;
  input: Json;
  outcome: string | undefined;
  exit?: string;
  reason?: string;
  output?: Json;
  /** How tasks ended, by id: completed, cancelled, merged. */
  ended?: Record<string, string>;
  /** The types of the journal's events. */
  events?: string[];
  /** The files that tools wrote, by path. */
  artifacts?: string[];
  /** Whom model calls were made to: the deployment, behind the tier of the route if one chose it. */
  asked?: string[];
}

/** Performs what a page states, in a workspace of its own, and returns the same things as they were. Its journal must verify. */
export async function perform(directory: string, stated: StatedRun): Promise<StatedRun> {
  const temporary = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
  const platform = await openPlatform({ stateDirectory: join(temporary, 'state'), workspace: join(temporary, 'workspace') });
  try {
    const workflow = await platform.open(join(repository, 'docs', directory));
    const handle = await workflow.run({ input: stated.input, start: stated.start });
    await handle.ended;
    const verification = await platform.verify(handle.run, { recompute: true });
    if (!verification.ok || verification.recomputation?.differences.length !== 0) throw new Error(JSON.stringify(verification));
    return asStated(stated, await platform.inspect(handle.run));
  } finally {
    await platform.close();
    await rm(temporary, { recursive: true });
  }
}

/** The report, as far as the page speaks of it. */
function asStated(stated: StatedRun, { result, state, events, artifacts }: RunReport): StatedRun {
  const found: StatedRun = { input: stated.input, outcome: result.outcome };
  if (stated.start !== undefined) found.start = stated.start;
  if (stated.exit !== undefined && result.exit !== undefined) found.exit = result.exit;
  if (stated.reason !== undefined && result.reason !== undefined) found.reason = result.reason;
  if (stated.output !== undefined) found.output = result.output;
  if (stated.ended) found.ended = Object.fromEntries(Object.keys(stated.ended).map((id) => [id, endOf(state, id)]));
  if (stated.events) found.events = events.map((event) => event.type);
  if (stated.artifacts) found.artifacts = artifacts.filter(({ type }) => type === 'file').map(({ name }) => name);
  if (stated.asked) found.asked = events.flatMap(askedIn);
  return found;
}

function askedIn({ type, payload }: JournalEvent): string[] {
  if (type !== 'effect.started' || !payload.reservation) return [];
  const { deployment } = payload.reservation;
  return [payload.route ? `${payload.route.tier}: ${deployment}` : deployment];
}

function endOf(state: Json, id: string): string {
  const tasks = isJsonObject(state) ? state.tasks : undefined;
  const task = isJsonObject(tasks) ? tasks[id] : undefined;
  return isJsonObject(task) && typeof task.end === 'string' ? task.end : 'not ended';
}
