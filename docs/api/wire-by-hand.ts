import { compileWorkflow, type Json } from '@espalier/core';
import {
  createDriver,
  createGate,
  createModelGateway,
  createOfflineProvider,
  MemoryArtifacts,
  MemoryJournal,
  prepareWorkflow,
  readWorkflowDirectory,
  schemaStep,
} from '@espalier/runtime';

/** Runs the workflow in `directory` in memory, without a platform, and returns the types of its events. */
export async function eventTypes(directory: string, input: Json): Promise<string[]> {
  const { folder, files } = await readWorkflowDirectory(directory);
  const compiled = compileWorkflow(files, { folder });
  if (!compiled.ok) throw new Error(compiled.problems.map((problem) => problem.message).join('\n'));

  const journal = new MemoryJournal();
  const driver = createDriver({ journal, artifacts: new MemoryArtifacts(), gate: createGate([schemaStep]), now: Date.now });
  const models = createModelGateway({ providers: [createOfflineProvider()] });
  const prepared = await prepareWorkflow(compiled.workflow, { directory, workspace: directory, models });

  await driver.start(prepared, { run: 'run-1', input, engineVersion: 'by hand' }).ended;
  return (await journal.read('run-1')).map((event) => event.type);
}
