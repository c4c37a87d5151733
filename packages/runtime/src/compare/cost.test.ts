import { expect, it } from 'vitest';
import { foldJournal } from '../run/fold-journal.ts';
import { resultOf } from '../run/run-result.ts';
import { chain, compileSample, prepareWith } from '../run/testing/sample-workflow.ts';
import { answer, budgetGate, failure, modelProgram, type ScriptedTry } from '../run/testing/scripted-tries.ts';
import { runToEnd } from '../run/testing/test-driver.ts';
import { type ComparedRun, compareRuns } from './compare-runs.ts';

const workflow = compileSample({ workflow: chain([{ id: 'ask' }]) });

async function asked(script: readonly ScriptedTry[]): Promise<ComparedRun> {
  const { events } = await runToEnd(prepareWith(workflow, { ask: modelProgram(script) }), {}, budgetGate(null));
  return { workflow, history: events, result: resultOf('run-1', foldJournal(workflow, 'run-1', events)) };
}

it('ENG-T2 two runs have what they cost side by side, assumed amounts included', async () => {
  const comparison = compareRuns(await asked([answer('a', 100n)]), await asked([failure('broke off', 'unknown'), answer('a', 100n)]));
  expect([comparison.left.cost, comparison.right.cost]).toEqual(['100', '1100']);
});

it('ENG-T2 a run that asked nobody has no cost', async () => {
  expect(compareRuns(await asked([]), await asked([])).left.cost).toBeNull();
});
