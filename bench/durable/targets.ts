import type { ScenarioResult } from './results.ts';
import type { ScenarioId } from './scenarios.ts';

/** What we aim for on a quiet machine where a commit costs 0.3 ms. */
interface Target {
  scenario: ScenarioId;
  what: string;
  /** Runs per second, or times the fastest peer that commits every step. */
  unit: 'runs/s' | '× the fastest peer';
  aim: number;
}

const targets: readonly Target[] = [
  { scenario: 'pure-postgres-1', what: '10 pure steps, 1 client', unit: 'runs/s', aim: 1000 },
  { scenario: 'pure-postgres-16', what: '10 pure steps, 16 clients', unit: 'runs/s', aim: 3000 },
  { scenario: 'effects-postgres-1', what: '10 recorded effects, 1 client', unit: 'runs/s', aim: 250 },
  { scenario: 'effects-postgres-16', what: '10 recorded effects, 16 clients', unit: 'runs/s', aim: 800 },
  { scenario: 'effects-postgres-1', what: '10 recorded effects, 1 client', unit: '× the fastest peer', aim: 3 },
  { scenario: 'effects-postgres-16', what: '10 recorded effects, 16 clients', unit: '× the fastest peer', aim: 3 },
];

export interface Verdict extends Target {
  got: number;
  verdict: 'met' | 'missed';
}

/** Judges our rows; a target that nothing was measured for is left out. */
export function judge(results: readonly ScenarioResult[]): Verdict[] {
  return targets.flatMap((target) => {
    const ours = results.find(({ id }) => id === target.scenario)?.rows.find(({ part }) => part === 'ours');
    const got = target.unit === 'runs/s' ? ours?.rate.median : ours?.toPeer?.median;
    return got === undefined ? [] : [{ ...target, got, verdict: got >= target.aim ? 'met' : 'missed' }];
  });
}
