import type { Visit } from '../activity/visit.ts';
import { oneLine } from './printable.ts';
import { durationText } from './quantities.ts';
import type { Terminal } from './terminal.ts';
import { truncate } from './text-width.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

/** The last line of a terminal: what is under way. Drawn again ten times a second; other text is written above it. */
export class LiveLine {
  readonly #terminal: Terminal;
  readonly #underWay: () => readonly Pick<Visit, 'node' | 'startedAt'>[];
  readonly #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #isDrawn = false;

  constructor(terminal: Terminal, underWay: () => readonly Pick<Visit, 'node' | 'startedAt'>[]) {
    this.#terminal = terminal;
    this.#underWay = underWay;
    if (terminal.isLive) this.#timer = setInterval(() => this.#draw(), frameMs).unref();
  }

  /** Writes whole lines above the live one. */
  write(lines: string): void {
    this.#clear();
    this.#terminal.write(lines);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    const [first, ...others] = this.#underWay();
    this.#clear();
    if (!first) return;
    this.#frame = (this.#frame + 1) % frames.length;
    const time = first.startedAt === undefined ? '' : ` ${durationText(Date.now() - first.startedAt)}`;
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const text = truncate(`${oneLine(first.node)}${time}${more}`, this.#terminal.width - 5);
    this.#terminal.write(`  ${this.#terminal.style.cyan(frames[this.#frame] ?? '')} ${this.#terminal.style.dim(text)}`);
    this.#isDrawn = true;
  }

  #clear(): void {
    if (this.#isDrawn) this.#terminal.write('\r\u001b[K');
    this.#isDrawn = false;
  }
}
