import { END, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import pg from 'pg';
import { z } from 'zod';
import { type Contender, type Effect, expectRows, type Kind, type Peer, runInput, share, steps } from '../contender.ts';

const State = z.object({ topic: z.string().min(1), count: z.int().min(0) });

/** A checkpoint of the input, one before the first step, one after each: or, at the end of a run, one. */
const checkpoints = { sync: steps + 2, exit: 1 };

/** LangGraph.js with its PostgreSQL checkpointer. Tracing is off, as it is by default. */
export const peer: Peer = {
  contenders: (kind: Kind) => (kind === 'effects' ? [contender('sync')] : [contender('exit')]),
};

function contender(durability: 'sync' | 'exit'): Contender {
  let pool: pg.Pool;
  let app: any;
  let thread = 0;
  const run = async () => {
    thread += 1;
    const result = await app.invoke(runInput, { durability, recursionLimit: steps + 10, configurable: { thread_id: String(thread) } });
    if (result.count !== steps) throw new Error(`LangGraph.js ended after ${result.count} steps`);
  };
  return {
    name: `LangGraph.js, durability "${durability}"`,
    part: 'peer',
    durability: durability === 'sync' ? 'every step' : 'end of run',
    everyStep: durability === 'sync',
    setup: async (url, effect) => {
      // As many connections as Mastra has by default, and none that closes while the others take their turns.
      pool = new pg.Pool({ connectionString: url, max: 20, idleTimeoutMillis: 0 });
      const checkpointer = new PostgresSaver(pool);
      await checkpointer.setup();
      app = chain(effect).compile({ checkpointer });
    },
    run: (clients, count) => share(count, clients, run),
    verify: async (runs) => {
      const { rows } = await pool.query('select count(distinct thread_id) as threads, count(*) as checkpoints from checkpoints');
      expectRows('LangGraph.js: threads', rows[0].threads, runs);
      expectRows('LangGraph.js: checkpoints', rows[0].checkpoints, runs * checkpoints[durability]);
      const last = await app.getState({ configurable: { thread_id: String(thread) } });
      if (last.next.length > 0) throw new Error(`LangGraph.js would go on with ${last.next}`);
      expectRows('LangGraph.js: steps of the last run', last.values.count, steps);
    },
    close: async () => pool.end(),
  };
}

function chain(effect: Effect) {
  const graph: any = new StateGraph(State);
  let last: string = START;
  for (let index = 0; index < steps; index += 1) {
    graph.addNode(`step_${index}`, async ({ count }: any) => {
      await effect();
      return { count: count + 1 };
    });
    graph.addEdge(last, `step_${index}`);
    last = `step_${index}`;
  }
  return graph.addEdge(last, END);
}
