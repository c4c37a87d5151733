import { expect, it } from 'vitest';
import type { Call } from './call-timer.ts';
import type { Contender } from './contender.ts';
import { percentiles, resultOf } from './results.ts';
import { type Scenario, scenarios } from './scenarios.ts';

it('takes the values that half, and ninety-nine in a hundred, do not exceed', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(percentiles(values)).toEqual({ p50: 100, p99: 198 });
  expect(percentiles([7])).toEqual({ p50: 7, p99: 7 });
});

it('compares within a round: a round in which everything is slower adds nothing', () => {
  const [scenario] = scenarios() as [Scenario];
  const call = (net: number): Call => ({ net, firstText: net, perDelta: undefined, delays: [] });
  const entrant = (part: Contender['part'], nets: readonly number[]) => ({
    contender: { name: part, part } as Contender,
    samples: nets.map((net) => ({ calls: [call(net)], callsPerSecond: 1, cpu: { own: 10 * net, upstream: 1, elsewhere: 0 } })),
  });
  const { rows } = resultOf(scenario, [entrant('direct', [1, 5, 1]), entrant('ours', [1.5, 5.5, 1.5])]);
  expect(rows[1]?.times.call).toMatchObject({ p50: { median: 1.5 }, addedP50: { median: 0.5, p90: 0.5 } });
  expect(rows[1]?.cpuToDirect.median).toBeCloseTo(1.5);
});
