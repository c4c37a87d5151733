import { FileMemory, type MemoryBackends, ProcessMemory } from '@espalier/runtime';
import type { MemoryStore } from '@espalier/runtime/ports';

/** Memory that goes with the process, whatever a workflow names: for runs that leave nothing behind. */
export function passingMemory(): MemoryBackends {
  const memory = new ProcessMemory(Date.now);
  return { standard: memory, memory, file: memory, database: memory };
}

/** Memory in files beside runs in files. */
export function fileMemory(stateDirectory: string): MemoryBackends {
  const file = new FileMemory(stateDirectory, Date.now);
  return { standard: file, file, memory: new ProcessMemory(Date.now) };
}

/** Memory of one tenant in the database. @param files where this process alone has the data, and files are as good. */
export function databaseMemory(database: MemoryStore, files?: string): MemoryBackends {
  const file = files === undefined ? undefined : new FileMemory(files, Date.now);
  return { standard: database, database, file, memory: new ProcessMemory(Date.now) };
}
