import { styleText } from 'node:util';

/** How a piece of text is set off. */
export type Paint = (text: string) => string;

export interface Style {
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
  cyan: Paint;
}

/** @param colour false: text is left as it is. */
export function createStyle(colour: boolean): Style {
  const paint =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      colour && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow'), cyan: paint('cyan') };
}

/** Each line painted by itself, so that no colour runs over a line end. */
export function paintLines(text: string, paint: Paint): string {
  return text
    .split('\n')
    .map((line) => paint(line))
    .join('\n');
}
