import type { Kept } from './contender.ts';
import type { Aspect, ScenarioResult, Times } from './results.ts';
import type { ScenarioId } from './scenarios.ts';

/** What may be added to a direct call, in milliseconds. */
interface Target {
  scenario: ScenarioId;
  kept: Kept;
  aspect: Aspect;
  what: 'p50' | 'p99';
  aim: number;
}

const perCall: Readonly<Partial<Record<Kept, number>>> = { memory: 0.2, postgres: 1.5 };
const perFirstText = 2;
const perWord = 0.05;

function targets(): Target[] {
  const percentiles = ['p50', 'p99'] as const;
  const kinds = ['memory', 'postgres'] as const;
  const all = kinds.flatMap((kept) => percentiles.map((what) => ({ kept, what })));
  return [
    ...(['call-1', 'call-64'] as const).flatMap((scenario) =>
      all.map((each) => ({ scenario, aspect: 'call' as const, aim: perCall[each.kept] ?? Number.NaN, ...each })),
    ),
    ...(['rushed-1', 'steady-1', 'steady-64'] as const).flatMap((scenario) =>
      kinds.flatMap((kept) => [
        { scenario, aspect: 'first text' as const, aim: perFirstText, kept, what: 'p50' as const },
        { scenario, aspect: 'word' as const, aim: perWord, kept, what: 'p50' as const },
      ]),
    ),
  ];
}

export interface Verdict extends Target {
  got: number;
  verdict: 'met' | 'missed';
}

/** Judges our rows; a target that nothing was measured for is left out. */
export function judge(results: readonly ScenarioResult[]): Verdict[] {
  return targets().flatMap((target) => {
    const row = results.find(({ id }) => id === target.scenario)?.rows.find(({ kept }) => kept === target.kept);
    const times: Times | undefined = row?.times[target.aspect];
    const got = (target.what === 'p50' ? times?.addedP50 : times?.addedP99)?.median;
    return got === undefined ? [] : [{ ...target, got, verdict: got < target.aim ? 'met' : 'missed' }];
  });
}
