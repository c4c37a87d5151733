import { EspalierError, type Workflow } from '@espalier/core';
import type { DeploymentReport, Platform } from '@espalier/platform';
import { problemCount } from '../output/problem-list.ts';

/** A workflow, and the deployments that it may ask. @throws EspalierError `manifest.invalid`, `input.invalid`. */
export async function modelsOf(platform: Platform, directory: string): Promise<{ workflow: Workflow; reports: DeploymentReport[] }> {
  const compiled = await platform.compile(directory);
  if (compiled.ok) return { workflow: compiled.workflow, reports: await platform.models(directory) };
  const details = { directory, problems: compiled.problems.map((problem) => ({ ...problem })) };
  throw new EspalierError('manifest.invalid', `The workflow in ${directory} has ${problemCount(compiled.problems)}.`, { details });
}
