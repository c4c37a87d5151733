import { type AgentManifest, EspalierError, type GraphNode, type JsonObject, type Provenance, type Workflow } from '@espalier/core';
import type { AgentModel, ModelGateway } from '../models/gateway/model-gateway.ts';
import type { ModelMessage, ModelTool } from '../ports/model.ts';
import type { NodeProgram, NodeScope } from '../ports/node-program.ts';
import type { Tool } from '../ports/tool.ts';
import { callTool, type ToolSurroundings, toolReport } from '../tools/call-tool.ts';
import type { ToolRegistry } from '../tools/registry.ts';
import { type AgentFrame, nextStep, type SelfCorrection } from './next-step.ts';
import { assemblePrompt } from './prompt.ts';
import { answerOf, type Turn } from './transcript.ts';

/** What agent nodes are made from. */
export interface AgentParts extends ToolSurroundings {
  workflow: Workflow;
  /** Absolute path of the workflow's directory. */
  directory: string;
  tools: ToolRegistry;
  models: ModelGateway;
}

/** How often the model of a node is asked that has no budget of steps. */
const defaultSteps = 12;

/**
 * The program of an agent node, a loop of thought, action and observation (COG-5): asks its model, has faulty answers corrected, calls the
 * tools that it asks for and shows it what came of them, until it answers or has used up what it may.
 * @throws EspalierError `model.unknown` if no provider serves the agent's model.
 */
export function createAgentProgram(node: GraphNode, parts: AgentParts): NodeProgram {
  const agent = parts.workflow.agents.get(node.manifest.agent_id ?? '');
  if (!agent) throw new EspalierError('internal.defect', `Node ${node.id} has no agent.`);
  const setup = setUp(node, agent, parts);
  return async (scope) => {
    const { frame, context } = frameOf(setup, scope);
    const turns: Turn[] = [];
    for (;;) {
      const step = nextStep(frame, turns);
      switch (step.do) {
        case 'answer':
          return { outcome: step.outcome, output: step.output };
        case 'fail':
          return { outcome: 'failure', error: step.error };
        case 'ask': {
          const result = await ask(scope, setup, { messages: step.messages, context, correction: step.correction });
          if (result.outcome === 'failure') return result;
          turns.push({ answer: answerOf(result), observations: [] });
          break;
        }
        default: {
          // Asked for side by side and in order: each has its ordinal before the first of them ends.
          const calls = step.do === 'act' ? step.calls : [step.call];
          const reports = await Promise.all(
            calls.map(async (call) => toolReport(call, await callTool(scope, call, { ...parts, agent: agent.id }))),
          );
          observe(turns, reports);
        }
      }
    }
  };
}

function observe(turns: Turn[], reports: readonly JsonObject[]): void {
  const turn = turns.pop();
  if (turn) turns.push({ ...turn, observations: [...turn.observations, ...reports] });
}

interface AgentSetup {
  agent: AgentManifest;
  model: AgentModel;
  schema: JsonObject | undefined;
  tools: ReadonlyMap<string, Tool>;
  /** The same as a model is told of them that calls tools in its provider's own way. */
  callable: readonly ModelTool[];
  node: GraphNode;
  parts: AgentParts;
}

function setUp(node: GraphNode, agent: AgentManifest, parts: AgentParts): AgentSetup {
  const name = node.manifest.schema_out ?? agent.schema_out;
  const schema = name === undefined ? undefined : parts.workflow.schemas.get(name);
  const tools = parts.tools.allowed([...node.manifest.tools, ...agent.tools]);
  const model = parts.models.open(agent, parts.workflow, parts.directory);
  const callable = [...tools.values()].map(modelTool);
  return { agent, model, schema, tools, callable, node, parts };
}

function modelTool({ manifest, schemaIn }: Tool): ModelTool {
  return { name: manifest.id, description: manifest.description ?? '', input: schemaIn ?? { type: 'object' } };
}

function frameOf(setup: AgentSetup, scope: NodeScope): { frame: AgentFrame; context: Provenance[] } {
  const { agent, model, schema, tools, parts, node } = setup;
  const prompt = assemblePrompt({
    instructions: agent.prompt,
    input: scope.input,
    task: scope.task,
    memory: scope.memory.slice(-parts.workflow.memory.task_store.retention.max_items),
    recalled: scope.recalled,
    tagsOf: (id) => parts.workflow.graph.byId.get(id)?.manifest.remember?.tags ?? [],
    profile: profileOf(setup),
    tools: model.callsTools ? [] : [...tools.values()].map(plannedTool),
    schema,
  });
  const checkAnswer = schema && parts.schemas.compile(schema, node.manifest.schema_out ?? agent.schema_out);
  const { steps = defaultSteps, tokens } = node.manifest.budget ?? {};
  const frame: AgentFrame = {
    agent: agent.id,
    messages: prompt.messages,
    checkAnswer,
    tools,
    callsTools: model.callsTools,
    schemas: parts.schemas,
    maxSteps: steps,
    maxTokens: tokens,
  };
  return { frame, context: prompt.context };
}

function plannedTool({ manifest, schemaIn }: Tool): JsonObject {
  return { id: manifest.id, description: manifest.description ?? '', input: schemaIn ?? {} };
}

/** The node's context profile, else the agent's; `global` is the first profile of the workflow. */
function profileOf({ agent, node, parts }: AgentSetup) {
  const profiles = parts.workflow.memory.context_profiles;
  const wanted = node.manifest.context === 'none' ? (agent.context ?? 'none') : node.manifest.context;
  return wanted === 'global' ? profiles[0] : profiles.find((profile) => profile.id === wanted);
}

interface Prompt {
  messages: readonly ModelMessage[];
  context: Provenance[];
  correction: SelfCorrection | undefined;
}

async function ask(scope: NodeScope, { agent, model, schema, callable, node }: AgentSetup, { messages, context, correction }: Prompt) {
  const modelTools = model.callsTools ? callable : [];
  const tools = modelTools.length > 0 ? { tools: modelTools } : {};
  const request = { messages, config: agent.config, ...(schema ? { schema } : {}), ...tools };
  return scope.effect({
    kind: 'model',
    target: agent.llm,
    input: {
      messages: messages.map((message) => ({ ...message })) as unknown as JsonObject[],
      config: agent.config,
      schema: schema ?? null,
      ...(modelTools.length > 0 ? { tools: modelTools.map((tool) => ({ ...tool })) } : {}),
    },
    context,
    agent: agent.id,
    nodeBudgetUsd: node.manifest.budget?.usd,
    stream: agent.stream === 'after' ? 'after' : 'live',
    ...(correction ? { correction } : {}),
    tries: (key) => model.tries(key, request, callable),
  });
}
