import { canonicalJson, type JsonObject, type Provenance } from '@espalier/core';
import { assembleContext, type ContextParts } from '../memory/assemble-context.ts';
import type { ModelMessage } from '../ports/model.ts';

/** What a prompt is assembled from. */
export interface PromptParts extends ContextParts {
  instructions: string;
  /** What the agent may call, as told to the model. */
  tools: readonly JsonObject[];
  schema: JsonObject | undefined;
}

/** The messages of a first request, and where every piece of context came from. */
export interface Prompt {
  messages: ModelMessage[];
  context: Provenance[];
}

/** Assembles the prompt of an agent node: its instructions, then its context. Equal parts give equal prompts. */
export function assemblePrompt(parts: PromptParts): Prompt {
  const { content, provenance } = assembleContext(parts);
  return {
    messages: [
      { role: 'system', content: systemMessage(parts) },
      { role: 'user', content },
    ],
    context: provenance,
  };
}

function systemMessage({ instructions, tools, schema }: PromptParts): string {
  const pieces = [instructions];
  if (schema) pieces.push(`Answer with one JSON value that satisfies this JSON Schema: ${canonicalJson(schema)}`);
  if (tools.length > 0) {
    pieces.push(
      `To call tools, add "tool_plan" to your answer: a list of {"tool": …, "input": …}, carried out in order. To see their results before you answer, give {"thought": …, "tool_plan": […]} and nothing else: all are called at once, and you are asked again. Tools: ${canonicalJson(tools)}`,
    );
  }
  return pieces.join('\n\n');
}
