import { type Contender, type Effect, expectRows, type Kind, share, steps } from '../contender.ts';
import { type Execute, type FloorDatabase, openFloorDatabase } from './database.ts';
import { countEvents, createTables, event, increment, insertEvent, insertEvents, sumCounters } from './event.ts';

/** What one run does in the session of one client. */
type FloorRun = (execute: Execute, context: { client: number; effect: Effect }) => Promise<void>;

interface FloorOptions {
  name: string;
  durability: 'every step' | 'end of run' | 'every commit';
  run: FloorRun;
  /** Counts what `run` leaves behind, and how much that is for one run. */
  counting: { query: string; perRun: number };
}

/** The runs that no engine on the same database can outdo while it records what it does, one statement a commit. It decides nothing. */
export function floorOf(kind: Kind): Contender {
  return kind === 'pure' ? pure() : effects();
}

/** Commits alone: a run is one commit. */
export function commits(): Contender[] {
  return [
    databaseFloor({
      name: 'insert one row',
      durability: 'every commit',
      run: (execute) => execute(insertEvent, [event]),
      counting: { query: countEvents, perRun: 1 },
    }),
    databaseFloor({
      name: 'update one row, each client its own',
      durability: 'every commit',
      run: (execute, { client }) => execute(increment, [client]),
      counting: { query: sumCounters, perRun: 1 },
    }),
  ];
}

function pure(): Contender {
  const events = Array.from({ length: steps }, () => event);
  return databaseFloor({
    name: 'floor: one commit of ten rows',
    durability: 'end of run',
    run: (execute) => execute(insertEvents, [events]),
    counting: { query: countEvents, perRun: steps },
  });
}

/** The outcome of an effect and the start of the next ride in one commit, so ten effects need eleven. */
function effects(): Contender {
  const run: FloorRun = async (execute, { effect }) => {
    await execute(insertEvent, [event]);
    for (let step = 0; step < steps; step += 1) {
      await effect();
      await execute(insertEvent, [event]);
    }
  };
  return databaseFloor({
    name: 'floor: eleven commits of one row',
    durability: 'every step',
    run,
    counting: { query: countEvents, perRun: steps + 1 },
  });
}

function databaseFloor({ name, durability, run, counting }: FloorOptions): Contender {
  let database: FloorDatabase;
  let effect: Effect;
  return {
    name,
    part: 'floor',
    durability,
    everyStep: durability === 'every step',
    setup: async (url, given) => {
      effect = given;
      database = await openFloorDatabase(url);
      await database.script(createTables);
    },
    run: async (clients, count) => {
      const sessions = await Promise.all(Array.from({ length: clients }, (_, client) => database.session(client)));
      await share(count, clients, async (client) => {
        const execute = sessions[client];
        if (execute) await run(execute, { client, effect });
      });
    },
    verify: async (runs) => expectRows(name, await database.count(counting.query), runs * counting.perRun),
    close: async () => database.close(),
  };
}
