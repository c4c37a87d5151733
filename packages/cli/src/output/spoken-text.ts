import type { Frame } from '@espalier/core';
import { oneLine, printable } from './printable.ts';
import { countText } from './quantities.ts';
import { paintLines } from './style.ts';
import type { Terminal } from './terminal.ts';
import { lastGeneration } from './visit-lines.ts';
import { indented, wrapText } from './wrap-text.ts';

const indent = 4;

/** Where what is said is shown. */
interface SpokenOptions {
  terminal: Pick<Terminal, 'width' | 'style'>;
  /** Takes whole lines. */
  write(lines: string): void;
  /** Who is asked in an effect under way, where that is known. */
  deploymentOf(effect: string): string | undefined;
}

/** What one model call says. */
interface Speech {
  effect: string;
  task: string;
  node: string;
  /** Who was asked when it began; forgotten elsewhere once the call has ended. */
  deployment: string | undefined;
  /** Text that has not been written yet. */
  rest: string;
  /** How many UTF-16 code units came. */
  length: number;
  hasBegun: boolean;
  /** Whether what was shown last does not hold, which is said as soon as somebody begins again. */
  isStruck: boolean;
  hasEnded: boolean;
}

/** What agents say while they say it (S24), line by line. Who speaks while another one does is heard once that one has ended. */
export class SpokenText {
  readonly #options: SpokenOptions;
  /** By effect, in the order in which they began. */
  readonly #speeches = new Map<string, Speech>();

  constructor(options: SpokenOptions) {
    this.#options = options;
  }

  show(frame: Frame): void {
    const speech = this.#speeches.get(frame.effect) ?? this.#begin(frame);
    if (frame.kind === 'delta') {
      this.#beginAgain(speech);
      speech.rest += frame.text;
      speech.length = frame.offset + frame.text.length;
    } else if (frame.kind === 'done') speech.hasEnded = true;
    else this.#strike(speech, frame);
    this.#advance();
  }

  /** The beginning of a line whose end has not been said. */
  get unfinished(): string | undefined {
    const [speech] = this.#speeches.values();
    if (!speech?.hasBegun || speech.rest === '') return undefined;
    return ' '.repeat(indent) + printable(withoutReturn(speech.rest).toWellFormed());
  }

  /** A node whose task has left it says nothing more, whether or not it came to an end. */
  end({ task, node }: Pick<Speech, 'task' | 'node'>): void {
    for (const speech of this.#speeches.values()) if (speech.task === task && speech.node === node) speech.hasEnded = true;
    this.#advance();
  }

  #begin({ effect, task, node }: Frame): Speech {
    const deployment = this.#options.deploymentOf(effect);
    const speech = { effect, task, node, deployment, rest: '', length: 0, hasBegun: false, isStruck: false, hasEnded: false };
    this.#speeches.set(effect, speech);
    return speech;
  }

  /** What was shown stays where it is, and does not hold; what was not is forgotten. */
  #strike(speech: Speech, { kind, offset }: Frame): void {
    if (speech.hasBegun) this.#writeLines(speech, true);
    else if (kind === 'reset') speech.rest = '';
    if (speech.hasBegun && kind === 'reset') speech.isStruck = true;
    if (speech.hasBegun && kind === 'retract') this.#note(`(taken back: the last ${countText(speech.length - offset, 'character')})`);
    speech.length = offset;
  }

  #beginAgain(speech: Speech): void {
    if (!speech.isStruck) return;
    speech.isStruck = false;
    const deployment = this.#options.deploymentOf(speech.effect);
    this.#note(`(begins again${deployment === undefined ? '' : `: ${deployment}`})`);
  }

  #note(text: string): void {
    const { style, width } = this.#options.terminal;
    this.#options.write(paintLines(indented(text, indent, width), style.yellow));
  }

  #advance(): void {
    for (const speech of this.#speeches.values()) {
      if (speech.rest !== '') this.#writeHead(speech);
      this.#writeLines(speech, speech.hasEnded);
      if (!speech.hasEnded) return;
      if (speech.isStruck) this.#note('(broke off: this does not hold)');
      this.#speeches.delete(speech.effect);
    }
  }

  #writeHead(speech: Speech): void {
    if (speech.hasBegun) return;
    speech.hasBegun = true;
    const { style } = this.#options.terminal;
    const details = [lastGeneration(speech.task), this.#options.deploymentOf(speech.effect) ?? speech.deployment ?? ''].filter(
      (part) => part !== '',
    );
    this.#options.write(`  ${style.cyan('…')} ${style.bold(oneLine(speech.node))}  ${style.dim(oneLine(details.join(' · ')))}\n`);
  }

  /** Writes the lines that are whole: what follows cannot change where they end. @param all the rest, too. */
  #writeLines(speech: Speech, all: boolean): void {
    const lines = speech.rest.split('\n').map(withoutReturn);
    const last = wrapText(lines.pop() ?? '', this.#options.terminal.width - indent);
    const rest = all ? '' : (last.pop() ?? '');
    const isCut = all || last.length > 0;
    if (lines.length === 0 && !isCut) return;
    const whole = [...lines.flatMap((line) => wrapText(line, this.#options.terminal.width - indent)), ...last];
    if (all && whole.at(-1) === '') whole.pop();
    speech.rest = isCut ? rest : speech.rest.slice(speech.rest.lastIndexOf('\n') + 1);
    if (whole.length > 0)
      this.#options.write(whole.map((line) => (line === '' ? '\n' : `${' '.repeat(indent)}${line}`.trimEnd().concat('\n'))).join(''));
  }
}

/** Of a line that ends like those of Windows. */
function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
