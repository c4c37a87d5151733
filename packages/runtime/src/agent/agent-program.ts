import {
  type AgentManifest,
  EspalierError,
  faultOf,
  type GraphNode,
  type JsonObject,
  type Provenance,
  type Workflow,
} from '@espalier/core';
import type { ModelRegistry } from '../models/model-registry.ts';
import type { ModelMessage, ModelProvider } from '../ports/model.ts';
import type { NodeProgram, NodeScope } from '../ports/node-program.ts';
import type { Tool } from '../ports/tool.ts';
import { callTool, type ToolSurroundings, toolReport } from '../tools/call-tool.ts';
import type { ToolRegistry } from '../tools/registry.ts';
import { type AgentFrame, answerText, nextStep } from './next-step.ts';
import { assemblePrompt } from './prompt.ts';

/** What agent nodes are made from. */
export interface AgentParts extends ToolSurroundings {
  workflow: Workflow;
  tools: ToolRegistry;
  models: ModelRegistry;
}

/**
 * The program of an agent node: asks its model, has the answer corrected where it breaks the schema, carries out its ToolPlan.
 * @throws EspalierError `model.unknown` if no provider serves the agent's model.
 */
export function createAgentProgram(node: GraphNode, parts: AgentParts): NodeProgram {
  const agent = parts.workflow.agents.get(node.manifest.agent_id ?? '');
  if (!agent) throw new EspalierError('internal.defect', `Node ${node.id} has no agent.`);
  const setup = setUp(node, agent, parts);
  return async (scope) => {
    const { frame, context } = frameOf(setup, scope);
    const answers: string[] = [];
    const toolResults: JsonObject[] = [];
    for (;;) {
      const step = nextStep(frame, { answers, toolResults });
      if (step.do === 'answer') return { outcome: step.outcome, output: step.output };
      if (step.do === 'fail') return { outcome: 'failure', error: step.error };
      if (step.do === 'call') {
        toolResults.push(toolReport(step.call, await callTool(scope, step.call, parts)));
        continue;
      }
      const result = await ask(scope, setup, { messages: step.messages, context });
      if (result.outcome === 'failure') return result;
      answers.push(answerText(result));
    }
  };
}

interface AgentSetup {
  agent: AgentManifest;
  model: { provider: ModelProvider; model: string };
  schema: JsonObject | undefined;
  tools: ReadonlyMap<string, Tool>;
  node: GraphNode;
  parts: AgentParts;
}

function setUp(node: GraphNode, agent: AgentManifest, parts: AgentParts): AgentSetup {
  const name = node.manifest.schema_out ?? agent.schema_out;
  const schema = name === undefined ? undefined : parts.workflow.schemas.get(name);
  const tools = parts.tools.allowed([...node.manifest.tools, ...agent.tools]);
  return { agent, model: parts.models.find(agent.llm), schema, tools, node, parts };
}

function frameOf(setup: AgentSetup, scope: NodeScope): { frame: AgentFrame; context: Provenance[] } {
  const { agent, schema, tools, parts, node } = setup;
  const prompt = assemblePrompt({
    instructions: agent.prompt,
    input: scope.input,
    task: scope.task,
    memory: scope.memory.slice(-parts.workflow.memory.task_store.retention.max_items),
    recalled: scope.recalled,
    tagsOf: (id) => parts.workflow.graph.byId.get(id)?.manifest.remember?.tags ?? [],
    profile: profileOf(setup),
    tools: [...tools.values()].map(({ manifest, schemaIn }) => {
      return { id: manifest.id, description: manifest.description ?? '', input: schemaIn ?? {} };
    }),
    schema,
  });
  const checkAnswer = schema && parts.schemas.compile(schema, node.manifest.schema_out ?? agent.schema_out);
  return { frame: { agent: agent.id, messages: prompt.messages, checkAnswer, tools, schemas: parts.schemas }, context: prompt.context };
}

/** The node's context profile, else the agent's; `global` is the first profile of the workflow. */
function profileOf({ agent, node, parts }: AgentSetup) {
  const profiles = parts.workflow.memory.context_profiles;
  const wanted = node.manifest.context === 'none' ? (agent.context ?? 'none') : node.manifest.context;
  return wanted === 'global' ? profiles[0] : profiles.find((profile) => profile.id === wanted);
}

async function ask(scope: NodeScope, setup: AgentSetup, prompt: { messages: readonly ModelMessage[]; context: Provenance[] }) {
  const { agent, model, schema } = setup;
  const request = { model: model.model, messages: prompt.messages, config: agent.config, ...(schema ? { schema } : {}) };
  return scope.effect({
    kind: 'model',
    target: agent.llm,
    input: { messages: prompt.messages.map((message) => ({ ...message })), config: agent.config, schema: schema ?? null },
    idempotent: true,
    context: prompt.context,
    perform: async (permit, signal) => {
      try {
        const { text, usage } = await model.provider.generate(permit, request, signal);
        return { outcome: 'success', output: { text, usage: { ...usage } } };
      } catch (thrown) {
        signal.throwIfAborted();
        return { outcome: 'failure', error: faultOf(thrown, 'model.failed') };
      }
    },
  });
}
