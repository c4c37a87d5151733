import { Annotation, END, MemorySaver, START, Send, StateGraph } from '@langchain/langgraph';
import { z } from 'zod';
import { type Contender, fanOutWidth, listInput, type Peer, type PeerScenario, runInput } from '../contender.ts';

const State = z.object({ topic: z.string().min(1), count: z.int().min(0) });

const FanOutState = Annotation.Root({
  topic: Annotation<string>(),
  count: Annotation<number>(),
  items: Annotation<unknown[]>(),
  results: Annotation<unknown[]>({ reducer: (left, right) => left.concat(right), default: () => [] }),
});

/** LangGraph.js, with a Zod state, which it validates when a run starts. Tracing is off, as it is by default. */
export const peer: Peer = { contenders };

function contenders(scenario: PeerScenario): Contender[] {
  switch (scenario) {
    case 'ten-steps':
      return [
        contender('LangGraph.js, bare', 10, () => chain(10).compile(), runInput),
        contender('LangGraph.js, MemorySaver', 10, () => chain(10).compile({ checkpointer: new MemorySaver() }), runInput),
      ];
    case 'fan-out':
      return [contender('LangGraph.js, edges', fanOutWidth, () => fanOut().compile(), runInput)];
    case 'fan-out-over-data':
      return [contender('LangGraph.js, Send', fanOutWidth, () => fanOutOverData().compile(), listInput)];
    case 'thousand-steps':
      return [contender('LangGraph.js, bare', 1000, () => chain(1000).compile(), runInput)];
  }
}

function chain(steps: number) {
  const graph: any = new StateGraph(State);
  let last: string = START;
  for (let index = 0; index < steps; index += 1) {
    graph.addNode(`step_${index}`, async () => ({}));
    graph.addEdge(last, `step_${index}`);
    last = `step_${index}`;
  }
  return graph.addEdge(last, END);
}

function fanOut() {
  const graph: any = new StateGraph(FanOutState);
  graph.addNode('merge', async () => ({}));
  for (let index = 0; index < fanOutWidth; index += 1) {
    graph.addNode(`step_${index}`, async ({ topic, count }: any) => ({ results: [{ topic, count }] }));
    graph.addEdge(START, `step_${index}`);
  }
  graph.addEdge(Array.from({ length: fanOutWidth }, (_, index) => `step_${index}`), 'merge');
  return graph.addEdge('merge', END);
}

function fanOutOverData() {
  const graph: any = new StateGraph(FanOutState);
  graph.addNode('step', async (item: unknown) => ({ results: [item] }));
  graph.addNode('merge', async () => ({}));
  graph.addConditionalEdges(START, ({ items }: any) => items.map((item: unknown) => new Send('step', item)));
  graph.addEdge('step', 'merge');
  return graph.addEdge('merge', END);
}

function contender(name: string, steps: number, compile: () => any, input: object): Contender {
  const open = async () => {
    const app = compile();
    let thread = 0;
    const run = async () => {
      thread += 1;
      const result = await app.invoke(input, { recursionLimit: steps + 10, configurable: { thread_id: String(thread) } });
      if (result.results && result.results.length !== fanOutWidth) throw new Error('LangGraph.js lost a result');
    };
    return { run, close: async () => {} };
  };
  return { name, steps, open };
}
