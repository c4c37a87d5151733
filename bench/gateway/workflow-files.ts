import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manner } from './manners.ts';

/**
 * Puts the workflow of this bench into a directory: one agent whose model is chosen by a route, between a plain deployment and a chain whose
 * first two share the load.
 */
export async function writeWorkflow(directory: string, baseUrl: string, manner: Manner): Promise<void> {
  await cp(join(import.meta.dirname, 'workflow'), directory, { recursive: true });
  await writeFile(join(directory, 'models.yaml'), JSON.stringify(modelsManifest(baseUrl, manner)));
}

function modelsManifest(baseUrl: string, model: Manner) {
  const deployment = { provider: 'openai-compatible', model, base_url: baseUrl, price: { input: 3, output: 15 } };
  return {
    deployments: ['east', 'west', 'spare'].map((id) => ({ id, ...deployment })),
    chains: [{ id: 'careful', steps: [['east', 'west'], 'spare'] }],
    routes: [
      {
        id: 'auto',
        rules: [
          { tier: 'large', when: { complexity_from: 0.6 }, use: 'spare' },
          { tier: 'code', when: { code: true }, use: 'spare' },
        ],
        default: { tier: 'usual', use: 'careful' },
      },
    ],
  };
}
