import { inspect } from 'node:util';

const shown = '[secret]';

/**
 * A text that prints `[secret]` wherever it is printed, and of which copies and enumerations hold nothing. `reveal` is the only way out:
 * call it where the text is used, and keep no variable of it.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    Object.freeze(this);
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.toPrimitive](): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
