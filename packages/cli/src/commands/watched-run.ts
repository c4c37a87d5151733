import type { Frame, JournalEvent, Workflow } from '@espalier/core';
import type { OpenWorkflow, Platform, RunHandle } from '@espalier/platform';
import { commandLine } from '../advice.ts';
import { readRunInput } from '../input/run-input.ts';
import { oneLine } from '../output/printable.ts';
import { Progress } from '../output/progress.ts';
import { indented } from '../output/wrap-text.ts';
import { findRun } from '../run-reference.ts';
import { watchSignals } from '../signals.ts';
import { type StarterChoice, starterOf } from '../starter-options.ts';
import { type StorageChoice, storageWords } from '../storage-options.ts';
import type { Surroundings } from '../surroundings.ts';

/** The options of `run`, as typed. */
export interface RunChoice extends StorageChoice, StarterChoice {
  input?: string;
  start?: string;
  workspace?: string;
  resume?: string;
  detach?: true;
  record?: string;
  replay?: string;
  stream?: true;
  json?: true;
  events?: true;
}

/** The command line of a run. */
export interface RunRequest {
  directory: string;
  words: readonly string[];
  choice: RunChoice;
}

/** What a command needs to show a run. */
export interface Watching {
  workflow: Workflow;
  choice: Pick<RunChoice, 'json' | 'events' | 'workspace' | 'stream'> & StorageChoice;
  surroundings: Surroundings;
  /** The words of the command that takes the run up again. */
  takeUp(run: string): readonly string[];
  begin(beginning: Beginning): Promise<RunHandle>;
  /** Lines to show below its name. */
  about?: string | undefined;
  /** The words of commands to go on with once it has ended. Default: to look at it, and to have it checked. */
  next?(run: string): readonly (readonly string[])[];
}

/** How a run is begun or taken up, so that it can be shown. */
export interface Beginning {
  observe(event: JournalEvent): void;
  /** Takes what the journal holds already. */
  earlier(events: readonly JournalEvent[]): void;
  /** Takes what models say while they say it, if that is wanted. */
  watch: ((frame: Frame) => void) | undefined;
  /** A paused run is let go of; one that waits is waited for. */
  parkAfterMs: number;
}

/** Performs a run to its end, shows it on the way, and keeps its events. */
export async function watchedRun({ workflow, choice, surroundings, takeUp, begin, about = '' }: Watching) {
  const events: JournalEvent[] = [];
  const progress = choice.json ? undefined : new Progress(workflow, surroundings.stderr);
  const observe = (event: JournalEvent) => {
    events.push(event);
    progress?.observe(event);
    if (event.type === 'run.queued')
      progress?.note(surroundings.stderr.style.dim('It begins when it is its turn: espalier queue shows what waits.'));
    if (choice.events) surroundings.stdout.write(`${JSON.stringify(event)}\n`);
  };
  const earlier = (past: readonly JournalEvent[]) => {
    events.push(...past);
    progress?.remember(past);
  };
  const watch = choice.stream && progress ? (frame: Frame) => progress.show(frame) : undefined;
  const handle = await begin({ observe, earlier, watch, parkAfterMs: Number.POSITIVE_INFINITY });
  const id = handle.run;
  progress?.note(surroundings.stderr.style.dim(`${oneLine(workflow.id)}  ${id}`));
  if (about !== '') progress?.note(about.trimEnd());
  const forget = watchSignals({
    onInterrupt: () => {
      progress?.note('Cancelling the run. Ctrl-C again stops at once.');
      handle.cancel('cancelled with Ctrl-C').catch(() => {}); // it has ended by itself
    },
    onSuspend: () => {
      progress?.note('Pausing the run: what is under way ends first.');
      handle.pause('paused with Ctrl-Z').catch(() => {}); // it has ended by itself
    },
    onQuit: () => {
      progress?.end();
      const words = commandLine(surroundings, [...takeUp(id), ...placeWords(choice)]);
      surroundings.stderr.write(`Stopped before the run had ended. To take it up:\n  ${words}\n`);
    },
  });
  try {
    return { result: await handle.ended, events };
  } finally {
    forget();
    progress?.end();
  }
}

/** Where a run is kept and what its tools may touch, again, for a command line that is shown. */
export function placeWords({ workspace, ...storage }: Watching['choice']): string[] {
  return [...(workspace === undefined ? [] : ['--workspace', workspace]), ...storageWords(storage)];
}

/** Begins a run of a workflow, or takes up one that it began. */
export function runOf(
  platform: Platform,
  open: OpenWorkflow,
  { request, surroundings }: { request: RunRequest; surroundings: Surroundings },
) {
  const begin = (beginning: Beginning) =>
    request.choice.resume === undefined
      ? started(open, { request, surroundings, beginning })
      : resumed(platform, open, { request, surroundings, beginning });
  const takeUp = (id: string) => ['run', request.directory, '--resume', id];
  return { workflow: open.workflow, choice: request.choice, surroundings, takeUp, begin } satisfies Watching;
}

interface Requested {
  request: RunRequest;
  surroundings: Surroundings;
  beginning: Beginning;
}

async function started(open: OpenWorkflow, { request, surroundings, beginning }: Requested) {
  const { words, choice } = request;
  const { input, start, note } = await readRunInput({ option: choice.input, words }, open.workflow, surroundings);
  if (note !== undefined && !choice.json) surroundings.stderr.write(indented(note, 0, surroundings.stderr.width));
  const { observe, watch, parkAfterMs } = beginning;
  return open.run({ input, start: choice.start ?? start, ...starterOf(choice, surroundings), observe, watch, parkAfterMs });
}

async function resumed(platform: Platform, open: OpenWorkflow, { request, surroundings, beginning }: Requested) {
  const run = await findRun(platform, request.choice.resume ?? '');
  const { events, status } = await platform.inspect(run);
  beginning.earlier(events);
  const hasEnded = status === 'completed' || status === 'cancelled';
  if (hasEnded && !request.choice.json) surroundings.stderr.write('The run has ended already; nothing is done again.\n');
  if (status === 'paused') await platform.resume(run);
  const { observe, watch, parkAfterMs } = beginning;
  return open.resume(run, { observe, watch, parkAfterMs });
}
