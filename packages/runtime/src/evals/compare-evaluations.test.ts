import { describe, expect, it } from 'vitest';
import type { CaseResult, Evaluation } from '../ports/evaluation-store.ts';
import { compareEvaluations, isRegression } from './compare-evaluations.ts';

const result = (id: string, outcome: CaseResult['outcome'], more: Partial<CaseResult> = {}): CaseResult => ({
  ...{ suite: 's', case: id, outcome, models: [], duration_ms: 10, assertions: [], output_hash: 'same' },
  ...more,
});

const evaluation = (cases: CaseResult[], more: Partial<Evaluation> = {}): Evaluation => ({
  ...{
    evaluation: 'eval_1',
    workflow: 'w',
    workflow_hash: 'h',
    hashes: {},
    engine_version: '1',
    started_at: 1,
    duration_ms: 1,
    notices: [],
  },
  cases,
  ...more,
});

describe('two evaluations side by side (ENG-E)', () => {
  it('tell what newly fails, newly passes, goes on as it was, came and went', () => {
    const older = evaluation([
      ...[result('breaks', 'passed'), result('mends', 'failed'), result('stays', 'passed'), result('lingers', 'errored')],
      result('goes', 'passed'),
    ]);
    const newer = evaluation([
      ...[result('stays', 'passed'), result('breaks', 'errored'), result('mends', 'passed'), result('lingers', 'failed')],
      ...[result('comes', 'passed'), result('comes broken', 'failed')],
    ]);
    const { cases } = compareEvaluations(older, newer);
    expect(cases.map((one) => [one.case, one.change, isRegression(one)])).toEqual([
      ['stays', 'still_passing', false],
      ['breaks', 'newly_failing', true],
      ['mends', 'newly_passing', false],
      ['lingers', 'still_failing', false],
      ['comes', 'added', false],
      ['comes broken', 'added', true],
      ['goes', 'removed', false],
    ]);
  });

  it('tell which outputs and files changed, and how long cases took against before', () => {
    const older = evaluation([result('a', 'passed', { duration_ms: 10 }), result('b', 'passed', { duration_ms: 0.4 })], {
      hashes: { 'workflow.yaml': '1', 'agents.yaml': '1', 'gone.ts': '1' },
    });
    const newer = evaluation(
      [result('a', 'passed', { duration_ms: 25, output_hash: 'other' }), result('b', 'passed', { duration_ms: 2 })],
      {
        hashes: { 'workflow.yaml': '1', 'agents.yaml': '2', 'new.ts': '1' },
      },
    );
    const comparison = compareEvaluations(older, newer);
    expect(comparison.changed_files).toEqual(['agents.yaml', 'gone.ts', 'new.ts']);
    expect(comparison.cases.map((one) => [one.output_changed, one.duration_ratio])).toEqual([
      [true, 2.5],
      [false, null],
    ]);
    expect(comparison.duration_ratio).toBeCloseTo(27 / 10.4);
  });

  it('call nothing removed that a filter left out, and no output changed that one of them lacks', () => {
    const older = evaluation([result('a', 'passed'), result('b', 'passed')]);
    const errored: CaseResult = { suite: 's', case: 'a', outcome: 'errored', models: [], duration_ms: 1, assertions: [] };
    const { cases } = compareEvaluations(older, evaluation([errored], { filter: 's/a' }));
    expect(cases).toMatchObject([{ case: 'a', change: 'newly_failing', output_changed: false }]);
  });

  it('tell cases of the same id in different suites apart', () => {
    const older = evaluation([result('a', 'passed'), result('a', 'failed', { suite: 't' })]);
    const { cases } = compareEvaluations(older, older);
    expect(cases.map(({ change }) => change)).toEqual(['still_passing', 'still_failing']);
  });
});
