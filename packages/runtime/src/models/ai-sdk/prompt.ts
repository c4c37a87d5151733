import type { LanguageModelV4Message, LanguageModelV4Prompt, LanguageModelV4ToolCallPart } from '@ai-sdk/provider';
import { isJsonObject } from '@espalier/core';
import type { ModelMessage, ModelToolCall } from '../../ports/model.ts';

/** Messages as the SDK takes them. Results of tools that follow each other become one message: providers want all results of an answer at once. */
export function promptOf(messages: readonly ModelMessage[]): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  for (const message of messages) {
    const converted = converse(message);
    const last = prompt.at(-1);
    if (converted.role === 'tool' && last?.role === 'tool') last.content.push(...converted.content);
    else prompt.push(converted);
  }
  return prompt;
}

function converse(message: ModelMessage): LanguageModelV4Message {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: message.content }] };
    case 'assistant':
      return { role: 'assistant', content: [...textOf(message.content), ...(message.tool_calls ?? []).map(toolCallOf)] };
    case 'tool':
      return {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: message.call, toolName: message.name, output: { type: 'text', value: message.content } },
        ],
      };
  }
}

/** Providers refuse empty pieces of text. */
function textOf(text: string): { type: 'text'; text: string }[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

/** Providers take objects only, but a model may have sent something else, which the conversation still has to hold. */
function toolCallOf({ id, name, input }: ModelToolCall): LanguageModelV4ToolCallPart {
  return { type: 'tool-call', toolCallId: id, toolName: name, input: isJsonObject(input) ? input : { input } };
}
