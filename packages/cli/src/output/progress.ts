import type { JournalEvent, Workflow } from '@espalier/core';
import { ActivityLog } from '../activity/activity-log.ts';
import { LiveLine } from './live-line.ts';
import type { Terminal } from './terminal.ts';
import { visitLines } from './visit-lines.ts';

/** Shows a run as it happens: a line per node as it ends and, on a terminal, what is under way. */
export class Progress {
  readonly #workflow: Workflow;
  readonly #terminal: Terminal;
  readonly #log = new ActivityLog();
  readonly #live: LiveLine;

  constructor(workflow: Workflow, terminal: Terminal) {
    this.#workflow = workflow;
    this.#terminal = terminal;
    this.#live = new LiveLine(terminal, () => this.#log.underWay);
  }

  /** Takes in what happened before this process took the run up, without showing it. */
  remember(events: readonly JournalEvent[]): void {
    for (const event of events) this.#log.observe(event);
  }

  observe(event: JournalEvent): void {
    const visit = this.#log.observe(event);
    if (!visit) return;
    const { width, style } = this.#terminal;
    this.#live.write(visitLines(visit, { graph: this.#workflow.graph, width, style }));
  }

  /** Writes a line of its own. */
  note(text: string): void {
    this.#live.write(`${text}\n`);
  }

  end(): void {
    this.#live.end();
  }
}
