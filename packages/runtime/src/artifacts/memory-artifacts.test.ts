import { artifactsConformance } from './conformance.ts';
import { MemoryArtifacts } from './memory-artifacts.ts';

artifactsConformance('MemoryArtifacts', async () => ({ artifacts: new MemoryArtifacts(), close: async () => {} }));
