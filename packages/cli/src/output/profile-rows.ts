import type { EffectProfile, NodeProfile, Profile, Span, TaskProfile, Timing } from '@espalier/platform';
import { countText, durationText } from './quantities.ts';

/** What a profile can be listed by. */
export const profileSubjects = ['node', 'effect', 'task'] as const;
export type ProfileSubject = (typeof profileSubjects)[number];

/** One line of a profile, for its table and for its timeline. */
export interface ProfileRow {
  name: string;
  /** Beside the name, under the titles of its subject. */
  cells: readonly string[];
  /** Null: nothing of it was timed. */
  totalMs: number | null;
  /** Of the total. */
  waitingMs: number;
  solid: readonly Span[];
  light: readonly Span[];
}

/** The rows of a profile, and the titles of their cells; titles without a value anywhere are left out. */
export interface ProfileRows {
  titles: readonly string[];
  rows: readonly ProfileRow[];
}

/** A profile by one subject, in the order of the journal. */
export function profileRows(profile: Profile, by: ProfileSubject): ProfileRows {
  if (by === 'node') return withoutEmptyColumns(['Node', 'Times', 'Failed', 'Queued', 'Mean', 'p95', 'Total'], profile.nodes.map(nodeRow));
  if (by === 'task') return withoutEmptyColumns(['Task', 'Nodes', 'Calls', 'In nodes', 'Waited', 'Total'], profile.tasks.map(taskRow));
  const titles = ['Effect', 'Calls', 'Retries', 'Failed', 'Lost', 'Refused', 'Tokens', 'Mean', 'p95', 'Total'];
  return withoutEmptyColumns(titles, profile.effects.map(effectRow));
}

function nodeRow(profile: NodeProfile): ProfileRow {
  const { node, completed, cancelled, failures, queue, waiting_ms, total_ms, spans, under_way } = profile;
  const cells = [String(completed + cancelled + under_way.last), countOrNothing(failures), duration(queue?.mean_ms), ...timing(profile)];
  return { name: node, cells, totalMs: total_ms, waitingMs: Math.min(waiting_ms, total_ms ?? 0), solid: spans, light: [] };
}

function effectRow(profile: EffectProfile): ProfileRow {
  const { kind, target, waits, calls, retries, failures, interrupted, refused, context_tokens, total_ms, spans } = profile;
  const counts = [String(calls), ...[retries, failures, interrupted, refused, context_tokens?.max ?? 0].map(countOrNothing)];
  return {
    name: `${kind} ${target}`,
    cells: [...counts, ...timing(profile)],
    totalMs: total_ms,
    waitingMs: waits ? (total_ms ?? 0) : 0,
    solid: waits ? [] : spans,
    light: waits ? spans : [],
  };
}

function taskRow({ task, life, nodes, effects, total_ms, waiting_ms, spans }: TaskProfile): ProfileRow {
  const total = life.end_ms - life.start_ms;
  const cells = [String(nodes), countOrNothing(effects), duration(total_ms), duration(waiting_ms), duration(total)];
  return { name: task, cells, totalMs: total, waitingMs: waiting_ms, solid: spans, light: [life] };
}

function timing({ durations, total_ms }: Timing): string[] {
  return [duration(durations?.mean_ms), duration(durations?.p95_ms), duration(total_ms)];
}

/** What is not known is a dash, never a zero. */
function duration(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '–' : durationText(ms);
}

function countOrNothing(count: number): string {
  return count === 0 ? '' : count.toLocaleString('en');
}

function withoutEmptyColumns([name = '', ...titles]: readonly string[], rows: readonly ProfileRow[]): ProfileRows {
  const used = titles.map((_, column) => rows.some(({ cells }) => cells[column] !== ''));
  const kept = <T>(cells: readonly T[]) => cells.filter((_, column) => used[column]);
  return { titles: [name, ...kept(titles)], rows: rows.map((row) => ({ ...row, cells: kept(row.cells) })) };
}

/** Those that took longest, and how many there are besides. */
export function longest(rows: readonly ProfileRow[], count: number): { shown: ProfileRow[]; left: string } {
  const shown = rows.toSorted((a, b) => (b.totalMs ?? -1) - (a.totalMs ?? -1)).slice(0, count);
  const left = rows.length - shown.length;
  return { shown, left: left === 0 ? '' : `${countText(left, 'other')} not shown: see --top` };
}
