import { Mastra } from '@mastra/core/mastra';
import { InMemoryStore } from '@mastra/core/storage';
import { createStep, createWorkflow } from '@mastra/core/workflows';
import { z } from 'zod';
import { type Contender, fanOutWidth, listInput, type Peer, type PeerScenario, runInput, type Session } from '../contender.ts';

const State = z.object({ topic: z.string().min(1), count: z.int().min(0) });

/** Mastra, with the validation of inputs that it has by default. */
export const peer: Peer = { contenders };

function contenders(scenario: PeerScenario): Contender[] {
  switch (scenario) {
    case 'ten-steps':
      return [bare('Mastra, bare', 10, () => chain(10), runInput), stored('Mastra, in-memory store', 10, () => chain(10), runInput)];
    case 'fan-out':
      return [bare('Mastra, parallel', fanOutWidth, parallel, runInput)];
    case 'fan-out-over-data':
      return [bare('Mastra, foreach', fanOutWidth, forEach, listInput.items)];
    case 'thousand-steps':
      return [bare('Mastra, bare', 1000, () => chain(1000), runInput)];
  }
}

const noOp = (id: string) => createStep({ id, inputSchema: State, outputSchema: State, execute: async ({ inputData }) => inputData });

function chain(steps: number) {
  let workflow: any = createWorkflow({ id: 'chain', inputSchema: State, outputSchema: State });
  for (let index = 0; index < steps; index += 1) workflow = workflow.then(noOp(`step_${index}`));
  return workflow.commit();
}

function parallel() {
  const workflow: any = createWorkflow({ id: 'parallel', inputSchema: State, outputSchema: z.any() });
  return workflow
    .parallel(Array.from({ length: fanOutWidth }, (_, index) => noOp(`step_${index}`)))
    .then(merge(z.record(z.string(), State)))
    .commit();
}

function forEach() {
  const workflow: any = createWorkflow({ id: 'each', inputSchema: z.array(State), outputSchema: z.any() });
  return workflow.foreach(noOp('step'), { concurrency: fanOutWidth }).then(merge(z.array(State))).commit();
}

function merge(inputSchema: z.ZodType) {
  return createStep({ id: 'merge', inputSchema, outputSchema: z.any(), execute: async ({ inputData }: any) => Object.values(inputData) });
}

function bare(name: string, steps: number, build: () => any, input: unknown): Contender {
  const workflow = build();
  const session = sessionOf(workflow, input);
  return { name, steps, open: async () => session };
}

function stored(name: string, steps: number, build: () => any, input: unknown): Contender {
  const open = async () => {
    const mastra = new Mastra({ workflows: { bench: build() }, storage: new InMemoryStore(), logger: false });
    return sessionOf(mastra.getWorkflow('bench'), input);
  };
  return { name, steps, open };
}

function sessionOf(workflow: any, input: unknown): Session {
  const run = async () => {
    const started = await workflow.createRun();
    const result = await started.start({ inputData: input });
    if (result.status !== 'success') throw new Error(`Mastra ended with ${result.status}`);
  };
  return { run, close: async () => {} };
}
