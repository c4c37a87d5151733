import type { BookedRequest, Evidence, RunEvidence, Violation } from '../evidence.ts';

/** What the journals say of one request to a provider. */
interface Told {
  run: string;
  hasEnded: boolean;
  /** How often it was begun, and what it was settled with. */
  begun: number;
  settled: { status: string; cost: string }[];
}

type Finding = [rule: string, message: string];

/** The books say of every request what the journals say, and nothing stays set aside for a run that has ended (S10, S21). */
export function checkBooks({ runs, books }: Pick<Evidence, 'runs' | 'books'>): Violation[] {
  const told = toldBy(runs);
  const booked = new Map(books.map((request) => [nameOf(request), request]));
  const found = [...told].flatMap(([name, request]) =>
    [...findings(request, booked.get(name))].map(([rule, message]) => ({ rule, run: request.run, message: `${name}: ${message}` })),
  );
  const invented = [...booked.keys()].filter((name) => !told.has(name));
  return [...found, ...invented.map((name) => ({ rule: 'books.invented', message: `${name} is in the books and in no journal` }))];
}

function* findings({ hasEnded, begun, settled }: Told, request: BookedRequest | undefined): Iterable<Finding> {
  if (begun !== 1) yield ['books.begun', `it was begun ${begun} times`];
  if (settled.length > 1) yield ['books.settled_again', `it was settled ${settled.length} times`];
  if (hasEnded && settled.length === 0) yield ['books.open', 'its run has ended, and it was never settled'];
  if (!request) {
    yield ['books.missing', 'the books do not have it'];
    return;
  }
  const [settlement] = settled;
  const status = settlement?.status ?? 'reserved';
  const cost = settlement?.cost ?? null;
  if (request.status !== status || request.cost !== cost) {
    yield ['books.differ', `it is ${request.status} with ${request.cost} in the books, and ${status} with ${cost} in the journal`];
  }
}

function toldBy(runs: readonly RunEvidence[]): Map<string, Told> {
  const told = new Map<string, Told>();
  for (const { run, row, journal } of runs) {
    const toldOf = (request: { key: string; try: number }) => {
      const name = nameOf(request);
      const known = told.get(name) ?? { run, hasEnded: row.ended, begun: 0, settled: [] };
      told.set(name, known);
      return known;
    };
    for (const { type, payload } of journal) {
      if (type === 'effect.started' && payload.reservation) toldOf(payload).begun += 1;
      if (type === 'usage.recorded') toldOf(payload).settled.push({ status: 'recorded', cost: payload.cost });
      if (type === 'usage.assumed') toldOf(payload).settled.push({ status: 'assumed', cost: payload.cost });
    }
  }
  return told;
}

function nameOf({ key, try: number }: { key: string; try: number }): string {
  return `${key} try ${number}`;
}
