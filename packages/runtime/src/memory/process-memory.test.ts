import { memoryStoreConformance } from './conformance.ts';
import { ProcessMemory } from './process-memory.ts';

memoryStoreConformance('ProcessMemory', async () => ({ memory: new ProcessMemory(Date.now), close: async () => {} }));
