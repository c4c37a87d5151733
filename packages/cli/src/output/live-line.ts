import type { Visit } from '../activity/visit.ts';
import { oneLine } from './printable.ts';
import { durationText } from './quantities.ts';
import type { Terminal } from './terminal.ts';
import { truncate } from './text-width.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

/** What the last lines of a terminal show. */
interface Shown {
  underWay(): readonly Pick<Visit, 'node' | 'startedAt'>[];
  /** A line above it that is not whole yet. */
  unfinished?(): string | undefined;
}

/** The last line of a terminal: what is under way. Drawn again ten times a second; other text is written above it. */
export class LiveLine {
  readonly #terminal: Terminal;
  readonly #shown: Shown;
  readonly #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #drawnLines = 0;

  constructor(terminal: Terminal, shown: Shown) {
    this.#terminal = terminal;
    this.#shown = shown;
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
    const [first, ...others] = this.#shown.underWay();
    this.#clear();
    if (!first) return;
    const { width, style } = this.#terminal;
    this.#frame = (this.#frame + 1) % frames.length;
    const time = first.startedAt === undefined ? '' : ` ${durationText(Date.now() - first.startedAt)}`;
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const text = truncate(`${oneLine(first.node)}${time}${more}`, width - 5);
    const unfinished = this.#shown.unfinished?.();
    const above = unfinished === undefined ? '' : `${truncate(oneLine(unfinished), width - 1)}\n`;
    this.#terminal.write(`${above}  ${style.cyan(frames[this.#frame] ?? '')} ${style.dim(text)}`);
    this.#drawnLines = above === '' ? 1 : 2;
  }

  #clear(): void {
    if (this.#drawnLines > 0) this.#terminal.write('\r\u001b[K');
    if (this.#drawnLines > 1) this.#terminal.write('\u001b[1A\u001b[K');
    this.#drawnLines = 0;
  }
}
