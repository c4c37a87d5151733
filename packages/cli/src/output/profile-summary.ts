import type { Profile } from '@espalier/platform';
import { oneLine } from './printable.ts';
import { countText, durationText } from './quantities.ts';
import { labelled } from './table.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wrap-text.ts';

/** A profile and whose it is. */
export interface ProfiledRun {
  run: string;
  workflow: string;
  profile: Profile;
}

const labelWidth = 9;
const pathSteps = 8;

/** What was profiled, how much it did, and what its end had to wait for. */
export function profileSummary({ run, workflow, profile }: ProfiledRun, { style, width }: Pick<Terminal, 'style' | 'width'>): string {
  const { duration_ms, ended, counters, critical_path } = profile;
  const facts = [
    ['Workflow', oneLine(workflow)],
    ['Took', `${durationText(duration_ms)}${ended ? '' : ' so far'}, ${countText(counters.events, 'event')}`],
    ['Work', workText(profile)],
    ['Context', contextText(profile)],
    ['Path', pathText(critical_path)],
  ] as const;
  const known = facts.filter(([, text]) => text !== '');
  const lines = known.map(([label, text]) => labelled(label, indented(text, labelWidth, width).trim(), style.dim));
  return labelled('Run', style.bold(run), style.dim) + lines.join('');
}

function workText({ counters, tasks_alive }: Profile): string {
  const { nodes, effects, retries, tasks } = counters;
  return [
    countText(nodes, 'node'),
    countText(effects, 'effect'),
    ...(retries > 0 ? [`${retries} tried again`] : []),
    countText(tasks, 'task'),
    ...(tasks > 1 ? [`at most ${tasks_alive.max} at once`] : []),
  ].join(', ');
}

function contextText({ context_tokens: context }: Profile): string {
  return context ? `${countText(context.max, 'token')} at most, ${context.last.toLocaleString('en')} at last` : '';
}

/** The timed steps of the critical path; of a long one the longest. */
function pathText(path: Profile['critical_path']): string {
  const timed = path.filter((step) => step.duration_ms !== null);
  const kept = new Set(timed.toSorted((a, b) => (b.duration_ms ?? 0) - (a.duration_ms ?? 0)).slice(0, pathSteps));
  const steps = timed.filter((step) => kept.has(step));
  const left = timed.length - steps.length;
  return steps.map(stepText).join(' → ') + (left > 0 ? ` (and ${countText(left, 'shorter step')})` : '');
}

/** How long it was queued is said where it matters. */
function stepText({ node, duration_ms, queued_ms, open }: Profile['critical_path'][number]): string {
  const [duration, queued] = [duration_ms ?? 0, queued_ms ?? 0];
  const wait = queued * 10 > duration && queued > 0 ? ` (queued ${durationText(queued)})` : '';
  return `${oneLine(node)} ${durationText(duration)}${open ? ' so far' : ''}${wait}`;
}
