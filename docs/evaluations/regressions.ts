import { compareEvaluations, type Evaluation, isRegression, openPlatform } from '@espalier/platform';

/** Evaluates a workflow, and names the cases that fail and did not fail in an earlier evaluation. */
export async function regressions(directory: string, before: Evaluation): Promise<string[]> {
  const platform = await openPlatform({ stateDirectory: '/unused', workspace: directory, journal: 'memory' });
  try {
    const now = await platform.evaluate(directory, { concurrency: 2 });
    return compareEvaluations(before, now)
      .cases.filter(isRegression)
      .map((one) => `${one.suite}/${one.case}`);
  } finally {
    await platform.close();
  }
}
