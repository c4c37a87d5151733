interface Asking {
  /** Default: one that asks the chain `writers`. */
  agents?: string;
  /** Dollars per million tokens, of input and output. */
  price?: string;
  /** More of `models.yaml`. */
  models?: string;
}

/** A workflow with one agent that asks `main`, then `spare`: deployments of a server of one's own at an address, with prices. */
export function asking(baseUrl: string, { agents, price = '{ input: 2, output: 8 }', models = '' }: Asking = {}): Record<string, string> {
  const deployment = (id: string) =>
    `  - { id: ${id}, provider: openai-compatible, model: ${id}-model, base_url: '${baseUrl}', max_retries: 1, price: ${price} }`;
  return {
    'asking/workflow.yaml': `
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true, handler: pass }
  - { id: draft, name: Draft it, kind: agent, role: linear, agent_id: writer }
  - { id: done, kind: deterministic, role: exit }
edges:
  - { from: start, to: draft }
  - { from: draft, to: done }
`,
    'asking/agents.yaml': agents ?? 'agents:\n  - { id: writer, llm: writers, prompt: Write., config: { max_tokens: 100 } }\n',
    'asking/models.yaml': `deployments:\n${deployment('main')}\n${deployment('spare')}\nchains:\n  - { id: writers, steps: [main, spare] }\n${models}`,
  };
}
