import { EspalierError, type Workflow } from '@espalier/core';
import type { ModelGateway } from '@espalier/runtime';

/**
 * Makes sure, before a run begins, that every deployment that its agents may ask can be asked: credential, price, provider.
 * @throws EspalierError `model.unconfigured`, `model.unpriced`, `model.unknown`, `credential.*`.
 */
export async function requireModels(workflow: Workflow, models: ModelGateway, directory: string): Promise<void> {
  const used = new Set(workflow.graph.nodes.map(({ manifest }) => manifest.agent_id));
  const agents = new Map([...workflow.agents].filter(([id]) => used.has(id)));
  const report = await models.report({ ...workflow, agents }, directory);
  for (const { usedAs, fault } of report) {
    const agent = usedAs.find((name) => name.startsWith('agent '));
    if (fault && agent)
      throw new EspalierError(fault.code, `${capitalised(agent)}: ${fault.message}`, {
        ...(fault.details ? { details: fault.details } : {}),
      });
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
