import type { Environment } from '../environment.ts';
import { createStyle, type Style } from './style.ts';

/** A stream that people read. */
export interface Terminal {
  write(text: string): void;
  /** Whether a line can be drawn again: only on a terminal. */
  readonly isLive: boolean;
  /** In columns; 80 where nobody knows. */
  readonly width: number;
  readonly style: Style;
}

const narrowest = 40;
const widest = 120;

export function createTerminal(
  stream: NodeJS.WriteStream,
  { colour, dumbTerminal }: Pick<Environment, 'colour' | 'dumbTerminal'>,
): Terminal {
  const isLive = stream.isTTY === true && !dumbTerminal;
  return {
    write: (text) => {
      stream.write(text);
    },
    isLive,
    get width() {
      return Math.min(widest, Math.max(narrowest, stream.columns ?? 80));
    },
    style: createStyle(colour === 'always' || (colour === 'auto' && isLive)),
  };
}
