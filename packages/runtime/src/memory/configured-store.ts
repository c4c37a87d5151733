import { EspalierError, type Workflow } from '@espalier/core';
import type { MemoryPlace, MemoryStore } from '../ports/memory-store.ts';

/** Where memory can be kept. A backend that is absent is refused where a workflow names it. */
export interface MemoryBackends {
  /** Of stores that name none. */
  standard: MemoryStore;
  memory?: MemoryStore | undefined;
  file?: MemoryStore | undefined;
  database?: MemoryStore | undefined;
}

/** A store of a workflow. */
export interface ConfiguredStore {
  backend: MemoryStore;
  place: MemoryPlace;
  maxItems: number;
}

/** The project or the global store as a workflow has it. @throws EspalierError `input.invalid` if there is no such backend here. */
export function configuredStore(workflow: Workflow, store: MemoryPlace['store'], backends: MemoryBackends): ConfiguredStore {
  const { project_store: project, global_store: global } = workflow.memory;
  const { backend: name, retention } = store === 'project' ? project : global;
  const place = { store, project: store === 'project' ? (project.id ?? workflow.id) : '' };
  const backend = name === undefined ? backends.standard : backends[name === 'sqlite' ? 'database' : name];
  if (backend) return { backend, place, maxItems: retention.max_items };
  const message = `The ${store} store of ${workflow.id} is to be on the backend ${name}, which is not there: expected none, so that it is kept where runs are.`;
  throw new EspalierError('input.invalid', message);
}
