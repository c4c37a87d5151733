import { EspalierError } from '@espalier/core';

/** A place between two events of the log, in this incarnation of it: in its row of `commits`, or behind it. */
export interface LogPlace {
  position: string;
  /** Of the row. */
  id: string;
  /** How many events of that row lie before the place. */
  taken: number;
}

/** Before every event. Positions of restored logs are negative. */
export const beginning: LogPlace = { position: '-9223372036854775808', id: '0', taken: 0 };

/** Behind every row of a position. */
export const lastId = '9223372036854775807';

const maxTaken = 2 ** 31 - 1;

/** A cursor as clients keep it: opaque text. */
export function encodeCursor(incarnation: string, { position, id, taken }: LogPlace): string {
  return Buffer.from(`${incarnation}/${position}/${id}/${taken}`).toString('base64url');
}

/** @throws EspalierError `input.invalid` for what is no cursor, `cursor.expired` for one of another incarnation. */
export function decodeCursor(incarnation: string, cursor: string): LogPlace {
  const parts = /^([0-9a-f-]{36})\/(-?\d{1,19})\/(\d{1,19})\/(\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString());
  const [, origin, position, id, taken] = parts ?? [];
  if (origin === undefined || !isBigInteger(position) || !isBigInteger(id) || Number(taken) > maxTaken) {
    throw new EspalierError('input.invalid', 'The cursor is not one that this log gave out.');
  }
  if (origin !== incarnation) {
    throw new EspalierError('cursor.expired', 'The cursor belongs to an earlier incarnation of the log, before it was restored or moved.');
  }
  return { position, id, taken: Number(taken) };
}

/** Whether a bigint of the database can hold it. */
function isBigInteger(text: string | undefined): text is string {
  return text !== undefined && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}
