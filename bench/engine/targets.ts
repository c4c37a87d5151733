import { rowOf, type ScenarioResult } from './results.ts';
import { names } from './scenarios.ts';

/** A service-level target: what we aim for on a quiet machine, and the wide bound at which `--check` fails (QA-4). */
export interface Target {
  what: string;
  unit: '×' | 'µs' | 'ms';
  aim: number;
  bound: number;
  got(results: readonly ScenarioResult[]): number;
}

/** Judged by processor time, which depends less on what else the machine does. Growth may not exceed 12: that is what is promised. */
const targets: readonly Target[] = [
  {
    what: 'in memory, per no-op step, schema validation included',
    unit: 'µs',
    aim: 2,
    bound: 10,
    got: (results) => rowOf(results, 'ten-steps', names.memory).cpuPerStep,
  },
  {
    what: '10,000 nodes in a row against 1,000, memory',
    unit: '×',
    aim: 12,
    bound: 12,
    got: (results) => rowOf(results, 'chain', names.large).cpuRatio.median,
  },
  {
    what: '10,000 nodes in a row against 1,000, JSONL',
    unit: '×',
    aim: 12,
    bound: 12,
    got: (results) => rowOf(results, 'chain-on-disk', names.largeOnDisk).cpuRatio.median,
  },
  {
    what: '10,000 nodes in diamonds against 1,000, memory',
    unit: '×',
    aim: 12,
    bound: 12,
    got: (results) => rowOf(results, 'diamonds', names.large).cpuRatio.median,
  },
  {
    what: 'ENG-G2: validation of a 10,000-node chain',
    unit: 'ms',
    aim: 200,
    bound: 600,
    got: (results) => rowOf(results, 'compile', names.largeGraph).perRun.median / 1000,
  },
  {
    what: 'ENG-G2: validation of 10,000 nodes in diamonds',
    unit: 'ms',
    aim: 200,
    bound: 600,
    got: (results) => rowOf(results, 'compile', names.largeDiamonds).perRun.median / 1000,
  },
  {
    what: 'ENG-G2: validation of branches nested 3,300 deep',
    unit: 'ms',
    aim: 200,
    bound: 600,
    got: (results) => rowOf(results, 'compile', names.nested).perRun.median / 1000,
  },
  {
    what: 'ENG-G2: validation of 9,990 unmerged splits',
    unit: 'ms',
    aim: 200,
    bound: 600,
    got: (results) => rowOf(results, 'compile', names.openSplits).perRun.median / 1000,
  },
];

export interface Verdict {
  what: string;
  unit: Target['unit'];
  aim: number;
  bound: number;
  got: number;
  verdict: 'met' | 'above the aim' | 'FAILED';
}

/** Judges the results; NaN fails. */
export function judge(results: readonly ScenarioResult[]): Verdict[] {
  return targets.map(({ got: measure, ...target }) => {
    const got = measure(results);
    if (got <= target.aim) return { ...target, got, verdict: 'met' };
    return { ...target, got, verdict: got <= target.bound ? 'above the aim' : 'FAILED' };
  });
}
