import { Mastra } from '@mastra/core/mastra';
import { createStep, createWorkflow } from '@mastra/core/workflows';
import { PostgresStore } from '@mastra/pg';
import pg from 'pg';
import { z } from 'zod';
import { type Contender, type Effect, expectRows, type Kind, type Peer, runInput, share, steps } from '../contender.ts';

const State = z.object({ topic: z.string().min(1), count: z.int().min(0) });

// It reports features to its makers while it runs: not work of a workflow.
process.env.MASTRA_TELEMETRY_DISABLED = '1';

/** Mastra with its PostgreSQL store, and the validation of inputs that it has by default. */
export const peer: Peer = {
  contenders: (kind: Kind) => (kind === 'effects' ? [contender('every step')] : [contender('end of run')]),
};

function contender(durability: 'every step' | 'end of run'): Contender {
  let pool: pg.Pool;
  let workflow: any;
  const run = async () => {
    const started = await workflow.createRun();
    const { status, result } = await started.start({ inputData: runInput });
    if (status !== 'success' || result.count !== steps) throw new Error(`Mastra ended with ${status} after ${result?.count} steps`);
  };
  return {
    name: durability === 'every step' ? 'Mastra, as it comes' : 'Mastra, told to store ended runs only',
    part: 'peer',
    durability,
    everyStep: durability === 'every step',
    setup: async (url, effect) => {
      // As many connections as it has by default, and none that closes while the others take their turns.
      pool = new pg.Pool({ connectionString: url, max: 20, idleTimeoutMillis: 0 });
      const storage = new PostgresStore({ id: 'bench', pool });
      await storage.init();
      const mastra: any = new Mastra({ workflows: { bench: chain(effect, durability) }, storage, logger: false });
      workflow = mastra.getWorkflow('bench');
    },
    run: (clients, count) => share(count, clients, run),
    verify: async (runs) => {
      const { rows } = await pool.query(`
        select count(*) as runs from mastra_workflow_snapshot
        where snapshot->>'status' = 'success' and (snapshot->'result'->>'count')::integer = ${steps}`);
      expectRows('Mastra: runs that ended well', rows[0].runs, runs);
    },
    close: async () => pool.end(),
  };
}

function chain(effect: Effect, durability: 'every step' | 'end of run') {
  const options = { shouldPersistSnapshot: ({ workflowStatus }: any) => workflowStatus === 'success' };
  const chosen = durability === 'end of run' ? { options } : {};
  let workflow: any = createWorkflow({ id: 'chain', inputSchema: State, outputSchema: State, ...chosen });
  for (let index = 0; index < steps; index += 1) {
    const execute = async ({ inputData }: any) => {
      await effect();
      return { ...inputData, count: inputData.count + 1 };
    };
    workflow = workflow.then(createStep({ id: `step_${index}`, inputSchema: State, outputSchema: State, execute }));
  }
  return workflow.commit();
}
