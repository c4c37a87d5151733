import { type Evidence, type LoggedEvent, nameOfEvent, type Reading, type Violation } from '../evidence.ts';

/** Streams have no gaps, and every reader saw every event, in the order of the log, commits whole (S4). */
export function checkLog({ log, readings }: Pick<Evidence, 'log' | 'readings'>): Violation[] {
  const names = log.map(nameOfEvent);
  return [
    ...gaps(log),
    ...readings.flatMap((reading) => {
      const order = differenceOfOrder(names, reading);
      return order ? [order] : tornCommits(log, reading);
    }),
  ];
}

function gaps(log: readonly LoggedEvent[]): Violation[] {
  const lastOf = new Map<string, number>();
  return log.flatMap(({ stream, seq }) => {
    const due = (lastOf.get(stream) ?? 0) + 1;
    lastOf.set(stream, seq);
    return seq === due ? [] : [{ rule: 'stream.gap', message: `${stream} has event ${seq} in the log where ${due} is due`, events: [seq] }];
  });
}

/** Only the first difference: all that follows comes of it. */
function differenceOfOrder(names: readonly string[], { reader, seen }: Reading): Violation | undefined {
  const order = [...new Set(seen)];
  const at = names.findIndex((name, index) => order[index] !== name);
  if (at < 0 && order.length === names.length) return undefined;
  const place = at < 0 ? names.length : at;
  const expected = names[place] ?? 'nothing';
  const found = order[place] ?? 'nothing';
  const missing = expected !== 'nothing' && !order.includes(expected);
  return {
    rule: missing ? 'reader.missed' : 'reader.order',
    message: `reader ${reader} saw ${found} as event ${place + 1} of the log, where ${expected} stands`,
  };
}

/** A reader that was told that there is no more for now has all of the last commit, or none of it. */
function tornCommits(log: readonly LoggedEvent[], { reader, pauses }: Reading): Violation[] {
  return pauses.flatMap((count) => {
    const [last, next] = [log[count - 1], log[count]];
    if (!last || !next || last.position !== next.position) return [];
    return [{ rule: 'reader.torn', message: `reader ${reader} saw ${nameOfEvent(last)} and not ${nameOfEvent(next)}, of the same commit` }];
  });
}
