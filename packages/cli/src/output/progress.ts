import type { Frame, JournalEvent, Workflow } from '@espalier/core';
import { ActivityLog } from '../activity/activity-log.ts';
import { warningOf } from './budget-words.ts';
import { LiveLine } from './live-line.ts';
import { SpokenText } from './spoken-text.ts';
import { paintLines } from './style.ts';
import type { Terminal } from './terminal.ts';
import { visitLines } from './visit-lines.ts';
import { indented } from './wrap-text.ts';

/** Shows a run as it happens: a line per node as it ends, what agents say if that is wanted, and on a terminal what is under way. */
export class Progress {
  readonly #workflow: Workflow;
  readonly #terminal: Terminal;
  readonly #log = new ActivityLog();
  readonly #spoken: SpokenText;
  readonly #live: LiveLine;

  constructor(workflow: Workflow, terminal: Terminal) {
    this.#workflow = workflow;
    this.#terminal = terminal;
    this.#spoken = new SpokenText({
      terminal,
      write: (lines) => this.#live.write(lines),
      deploymentOf: (effect) => this.#log.deploymentOf(effect),
    });
    this.#live = new LiveLine(terminal, { underWay: () => this.#log.underWay, unfinished: () => this.#spoken.unfinished });
  }

  /** Takes in what happened before this process took the run up, without showing it. */
  remember(events: readonly JournalEvent[]): void {
    for (const event of events) this.#log.observe(event);
  }

  observe(event: JournalEvent): void {
    const { width, style } = this.#terminal;
    const warning = warningOf(event);
    if (warning !== undefined) this.#live.write(paintLines(`  ! ${indented(warning, 4, width).trimStart()}`, style.yellow));
    const visit = this.#log.observe(event);
    if (!visit) return;
    this.#spoken.end(visit);
    this.#live.write(visitLines(visit, { graph: this.#workflow.graph, width, style }));
  }

  /** Takes what a model says while it says it. */
  show(frame: Frame): void {
    this.#spoken.show(frame);
  }

  /** Writes a line of its own. */
  note(text: string): void {
    this.#live.write(`${text}\n`);
  }

  end(): void {
    this.#live.end();
  }
}
