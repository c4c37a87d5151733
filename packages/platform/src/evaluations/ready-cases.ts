import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { durationMs, EspalierError, type EvaluationCase, type Workflow } from '@espalier/core';
import { assertionLoader, type PreparedCase, prepareCase } from '@espalier/runtime';

/** A case that can be run. */
export interface ReadyCase {
  suite: string;
  /** Where its suite and it stand among those chosen, for names of directories: a suite may be called anything. */
  place: string;
  example: EvaluationCase;
  prepared: PreparedCase;
  timeoutMs: number;
  /** Real path of the folder that its workspace begins as. */
  fixture: string | undefined;
}

interface Choice {
  /** Absolute path of the workflow's directory. */
  directory: string;
  /** Part of `suite/case`. */
  filter: string | undefined;
}

/**
 * Makes the chosen cases of a workflow ready, in the order of the manifest: nothing is run before all of them are.
 * @throws EspalierError `input.invalid` if there are none or a folder is missing; `module.invalid`, `manifest.module_not_allowed`.
 */
export async function readyCases(workflow: Workflow, { directory, filter }: Choice): Promise<ReadyCase[]> {
  const load = assertionLoader(workflow, directory);
  const chosen = workflow.evaluations.flatMap((suite, index) =>
    suite.cases
      .filter(({ id }) => filter === undefined || `${suite.name}/${id}`.includes(filter))
      .map((example) => ({ suite, index, example })),
  );
  if (chosen.length === 0) throw noCases(workflow, filter);
  return Promise.all(
    chosen.map(async ({ suite, index, example }) => ({
      suite: suite.name,
      place: join(`${index + 1}-${suite.name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 60)}`, example.id),
      example,
      prepared: await prepareCase(example.assertions, load),
      timeoutMs: durationMs(example.timeout ?? suite.timeout),
      fixture: example.workspace === undefined ? undefined : await folderIn(directory, `${suite.name}/${example.id}`, example.workspace),
    })),
  );
}

function noCases({ id, evaluations }: Workflow, filter: string | undefined): EspalierError {
  const names = evaluations.flatMap((suite) => suite.cases.map((example) => `${suite.name}/${example.id}`));
  if (names.length === 0) return new EspalierError('input.invalid', `${id} declares no cases: they belong into evaluations.yaml.`);
  const listed = `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
  return new EspalierError('input.invalid', `No case of ${id} has ${JSON.stringify(filter)} in its name; there are: ${listed}.`);
}

async function folderIn(directory: string, name: string, path: string): Promise<string> {
  const root = await realpath(directory);
  const folder = await realpath(join(root, path)).catch(() => undefined);
  const isInside = folder !== undefined && (folder === root || folder.startsWith(root.endsWith(sep) ? root : root + sep));
  if (isInside && (await stat(folder)).isDirectory()) return folder;
  throw new EspalierError(
    'input.invalid',
    `Case ${name} begins with the files of ${path}, which is no folder of the workflow’s directory.`,
  );
}
