import { type ContextProfile, canonicalJson, type Json, type JsonObject, type MemoryEntry, type Provenance } from '@espalier/core';
import { estimateTokenCount } from 'tokenx';
import type { ModelMessage } from '../ports/model.ts';

/** What a prompt is assembled from. */
export interface PromptParts {
  instructions: string;
  input: Json;
  task: string;
  memory: readonly MemoryEntry[];
  profile: ContextProfile | undefined;
  /** What the agent may call, as told to the model. */
  tools: readonly JsonObject[];
  schema: JsonObject | undefined;
}

/** The messages of a first request, and where every piece of context came from. */
export interface Prompt {
  messages: ModelMessage[];
  context: Provenance[];
}

/**
 * Assembles the prompt of an agent node: its instructions, then one JSON object `{ input, context }`. Context is task memory, newest
 * first until the profile's token budget is used up (the input counts and is always there), and presented oldest first. Equal parts
 * give equal prompts. Tokens are estimates.
 */
export function assemblePrompt(parts: PromptParts): Prompt {
  const inputTokens = tokensOf(parts.input);
  const chosen = chooseMemory(parts, inputTokens);
  const context = chosen.map(({ entry }) => ({ from: entry.node, value: entry.output }));
  const content = canonicalJson(context.length > 0 ? { input: parts.input, context } : { input: parts.input });
  const provenance = chosen.map(({ entry, tokens }): Provenance => {
    return { source: 'task', task: entry.task, node: entry.node, seq: entry.seq, tokens };
  });
  return {
    messages: [
      { role: 'system', content: systemMessage(parts) },
      { role: 'user', content },
    ],
    context: [{ source: 'input', task: parts.task, tokens: inputTokens }, ...provenance],
  };
}

function chooseMemory({ memory, profile, input }: PromptParts, inputTokens: number): { entry: MemoryEntry; tokens: number }[] {
  if (!profile) return [];
  let budget = profile.max_tokens - inputTokens;
  const chosen: { entry: MemoryEntry; tokens: number }[] = [];
  // The newest entry is often the input, which is there already.
  const older = memory.at(-1)?.output === input ? memory.slice(0, -1) : memory;
  for (const entry of older.toReversed()) {
    const tokens = tokensOf(entry.output);
    if (tokens > budget) break;
    budget -= tokens;
    chosen.push({ entry, tokens });
  }
  return chosen.reverse();
}

function systemMessage({ instructions, tools, schema }: PromptParts): string {
  const pieces = [instructions];
  if (schema) pieces.push(`Answer with one JSON value that satisfies this JSON Schema: ${canonicalJson(schema)}`);
  if (tools.length > 0) {
    pieces.push(
      `To call tools, add "tool_plan" to your answer: a list of {"tool": …, "input": …}, carried out in order. Tools: ${canonicalJson(tools)}`,
    );
  }
  return pieces.join('\n\n');
}

function tokensOf(value: Json): number {
  return estimateTokenCount(typeof value === 'string' ? value : canonicalJson(value));
}
