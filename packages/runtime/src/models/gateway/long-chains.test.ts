import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../model-failure.ts';
import { agentOf, ask, failing, gatewayOver, replying } from './testing/scripted-providers.ts';

/** A chain of so many that are down, and then one that lives. */
function chainOf(down: number, kind: FailureKind) {
  const names = Array.from({ length: down }, (_, index) => `down-${index + 1}`);
  const { gateway } = gatewayOver([...names.map((name) => replying(name, [failing(kind)])), replying('alive', ['hello'])]);
  const [llm = '', ...fallback] = [...names, 'alive'].map((name) => `${name}/m`);
  return ask(gateway, { agent: agentOf(llm, { fallback }) });
}

describe('COG-1 the last of a chain is asked', () => {
  it.each([4, 6, 11, 12, 30])('though %i before it may all be asked again', async (down) => {
    expect(await chainOf(down, 'unavailable')).toMatchObject({ output: { text: 'hello' } });
  });

  it('and those before it are asked again as long as there are requests to spare', async () => {
    const { asked } = await chainOf(6, 'overloaded');
    const times = Object.values(Object.groupBy(asked, (name) => name)).map((each) => each?.length);
    expect(times).toEqual([3, 3, 3, 3, 2, 1, 1]);
  });

  it('and a call that nobody answers comes to an end', async () => {
    const { gateway } = gatewayOver(['a', 'b', 'c', 'd', 'e'].map((name) => replying(name, [failing('timed_out')])));
    const { asked, fault } = await ask(gateway, { agent: agentOf('a/m', { fallback: ['b/m', 'c/m', 'd/m', 'e/m'] }) });
    expect(asked).toHaveLength(16);
    expect(new Set(asked).size).toBe(5);
    expect(fault?.message).toContain('e/m (asked');
  });
});
