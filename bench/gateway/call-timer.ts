import { machineMs } from './manners.ts';

/** What one call took, in milliseconds. */
export interface Call {
  /** From asking for it to having its result, without the time for which the upstream says that it held it; means nothing for words. */
  net: number;
  /** From asking for it to its first text, without that time. */
  firstText: number;
  /** From one piece of text to the next, on average; undefined for an answer in one piece. */
  perDelta: number | undefined;
  /** From the sending of each word to its arrival. */
  delays: readonly number[];
}

interface Piece {
  at: number;
  text: string;
}

/** Times calls that follow each other: one begins where the one before it has ended. */
export class CallTimer {
  readonly #ended: { begun: number; ended: number; pieces: readonly Piece[] }[] = [];
  #begun = machineMs();
  #pieces: Piece[] = [];

  /** A piece of the answer has come. */
  text(text: string): void {
    this.#pieces.push({ at: machineMs(), text });
  }

  /** The result of the call is there. */
  done(): void {
    const ended = machineMs();
    this.#ended.push({ begun: this.#begun, ended, pieces: this.#pieces });
    this.#begun = ended;
    this.#pieces = [];
  }

  /** All calls but the first, which began with whatever came before it. */
  calls(): Call[] {
    return this.#ended.slice(1).map(({ begun, ended, pieces }) => {
      const [first, last] = [pieces[0], pieces.at(-1)];
      if (!first || !last) throw new Error('A call gave no text.');
      const held = heldMs(pieces);
      return {
        net: ended - begun - held,
        firstText: first.at - begun - held,
        perDelta: pieces.length > 1 ? (last.at - first.at) / (pieces.length - 1) : undefined,
        delays: pieces.length > 1 ? pieces.slice(1, -1).map(({ at, text }) => at - Number(text)) : [],
      };
    });
  }
}

function heldMs(pieces: readonly Piece[]): number {
  const answer = JSON.parse(pieces.map(({ text }) => text).join('')) as { held?: number };
  return answer.held ?? 0;
}
