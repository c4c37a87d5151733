import { runInput, stateless } from './contender.ts';

const steps = 10;

/**
 * What no engine can go below that records what it does: per step one await, one event pushed and folded, and its JSON text.
 * It decides nothing and validates nothing.
 */
export const floor = stateless('floor: await, push, reduce, JSON.stringify', steps, async () => {
  const journal: string[] = [];
  let state = { seq: 0, node: 'start' };
  for (let step = 0; step < steps; step += 1) {
    const event = {
      seq: state.seq + 1,
      type: 'node.completed',
      payload: { node: `n${step}`, output: await noOp(runInput) },
      at: Date.now(),
    };
    journal.push(JSON.stringify(event));
    state = { seq: event.seq, node: event.payload.node };
  }
  if (state.seq !== journal.length) throw new Error('the floor lost an event');
});

async function noOp<T>(input: T): Promise<T> {
  return input;
}
