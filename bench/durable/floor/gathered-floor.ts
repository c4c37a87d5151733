import { type Contender, type Effect, expectRows, type Kind, share, steps } from '../contender.ts';
import { type FloorDatabase, openFloorDatabase } from './database.ts';
import { countEvents, createTables, event, insertEvents } from './event.ts';

/** Writes one event, and resolves when it is committed. */
type Append = () => Promise<void>;

/**
 * The same work as the floor's, all clients over one connection: what they ask for while one commit is under way rides in the next.
 * With many clients this is the lower floor, for an engine that lets concurrent runs share a commit.
 */
export function gatheredFloorOf(kind: Kind): Contender {
  const effects = kind === 'effects';
  const perRun = effects ? steps + 1 : steps;
  let database: FloorDatabase;
  let append: (count: number) => Promise<void>;
  let effect: Effect;
  return {
    name: 'floor: the same, clients sharing commits',
    part: 'floor',
    durability: effects ? 'every step' : 'end of run',
    everyStep: effects,
    setup: async (url, given) => {
      effect = given;
      database = await openFloorDatabase(url);
      await database.script(createTables);
      const execute = await database.session(0);
      append = gather((count) => execute(insertEvents, [Array.from({ length: count }, () => event)]));
    },
    run: (clients, count) => share(count, clients, () => (effects ? runEffects(() => append(1), effect) : append(steps))),
    verify: async (runs) => expectRows('shared commits', await database.count(countEvents), runs * perRun),
    close: async () => database.close(),
  };
}

async function runEffects(append: Append, effect: Effect): Promise<void> {
  await append();
  for (let step = 0; step < steps; step += 1) {
    await effect();
    await append();
  }
}

/** One write at a time; those asked for meanwhile are added up and become the next. */
function gather(write: (count: number) => Promise<void>): (count: number) => Promise<void> {
  let waiting = 0;
  let next: Promise<void> | undefined;
  let current: Promise<void> = Promise.resolve();
  const writeWaiting = async (previous: Promise<void>) => {
    await previous;
    const count = waiting;
    waiting = 0;
    next = undefined;
    await write(count);
  };
  return (count) => {
    waiting += count;
    if (!next) {
      next = writeWaiting(current);
      current = next;
    }
    return next;
  };
}
