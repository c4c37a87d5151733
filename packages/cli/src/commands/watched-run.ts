import type { JournalEvent } from '@espalier/core';
import type { OpenWorkflow, Platform } from '@espalier/platform';
import { commandLine } from '../advice.ts';
import { readRunInput } from '../input/run-input.ts';
import { oneLine } from '../output/printable.ts';
import { Progress } from '../output/progress.ts';
import { indented } from '../output/wrap-text.ts';
import { findRun } from '../run-reference.ts';
import { watchSignals } from '../signals.ts';
import { type StorageChoice, storageWords } from '../storage-options.ts';
import type { Surroundings } from '../surroundings.ts';

/** The options of `run`, as typed. */
export interface RunChoice extends StorageChoice {
  input?: string;
  start?: string;
  workspace?: string;
  resume?: string;
  detach?: true;
  json?: true;
  events?: true;
}

/** The command line of a run. */
export interface RunRequest {
  directory: string;
  words: readonly string[];
  choice: RunChoice;
}

interface Watching {
  request: RunRequest;
  surroundings: Surroundings;
}

/** Performs the run to its end, shows it on the way, and keeps its events. */
export async function watchedRun(platform: Platform, open: OpenWorkflow, { request, surroundings }: Watching) {
  const { choice } = request;
  const events: JournalEvent[] = [];
  const progress = choice.json ? undefined : new Progress(open.workflow, surroundings.stderr);
  const observe = (event: JournalEvent) => {
    events.push(event);
    progress?.observe(event);
    if (choice.events) surroundings.stdout.write(`${JSON.stringify(event)}\n`);
  };
  const earlier = (past: readonly JournalEvent[]) => {
    events.push(...past);
    progress?.remember(past);
  };
  const begin = choice.resume === undefined ? started : resumed;
  const handle = await begin(platform, open, { request, surroundings, observe, earlier });
  const id = handle.run;
  progress?.note(surroundings.stderr.style.dim(`${oneLine(open.workflow.id)}  ${id}`));
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
      const resume = commandLine(surroundings, ['run', request.directory, '--resume', id, ...storageWords(choice)]);
      progress?.end();
      surroundings.stderr.write(`Stopped before the run had ended. To take it up:\n  ${resume}\n`);
    },
  });
  try {
    return { result: await handle.ended, events };
  } finally {
    forget();
    progress?.end();
  }
}

/** A paused run is let go of; one that waits is waited for. */
const parkAfterMs = Number.POSITIVE_INFINITY;

interface Beginning extends Watching {
  observe(event: JournalEvent): void;
  /** Takes what the journal holds already. */
  earlier(events: readonly JournalEvent[]): void;
}

async function started(_platform: Platform, open: OpenWorkflow, { request, surroundings, observe }: Beginning) {
  const { words, choice } = request;
  const { input, start, note } = await readRunInput({ option: choice.input, words }, open.workflow, surroundings);
  if (note !== undefined && !choice.json) surroundings.stderr.write(indented(note, 0, surroundings.stderr.width));
  return open.run({ input, start: choice.start ?? start, observe, parkAfterMs });
}

async function resumed(platform: Platform, open: OpenWorkflow, { request, surroundings, observe, earlier }: Beginning) {
  const run = await findRun(platform, request.choice.resume ?? '');
  const { events, status } = await platform.inspect(run);
  earlier(events);
  const hasEnded = status === 'completed' || status === 'cancelled';
  if (hasEnded && !request.choice.json) surroundings.stderr.write('The run has ended already; nothing is done again.\n');
  if (status === 'paused') await platform.resume(run);
  return open.resume(run, { observe, parkAfterMs });
}
