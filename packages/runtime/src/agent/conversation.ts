import { canonicalJson, type JsonObject } from '@espalier/core';
import type { ModelMessage } from '../ports/model.ts';
import { listed } from './listed.ts';
import type { AgentFrame } from './next-step.ts';
import type { Reading } from './read-answer.ts';
import type { Transcript, Turn } from './transcript.ts';

/** The messages of the next request: the first ones, then every turn with what came of it. Grows at its end alone, as providers' caches like it. */
export function conversation(frame: AgentFrame, transcript: Transcript, readings: readonly Reading[]): ModelMessage[] {
  return [
    ...frame.messages,
    ...transcript.flatMap((turn, index) => messagesOf(turn, readings[index] as Reading, transcript.slice(0, index))),
  ];
}

function messagesOf(turn: Turn, reading: Reading, before: Transcript): ModelMessage[] {
  const { text, toolCalls } = turn.answer;
  if (toolCalls.length === 0)
    return [
      { role: 'assistant', content: text },
      { role: 'user', content: replyTo(turn, reading, before) },
    ];
  const results = toolCalls.map(({ id, name }, index): ModelMessage => {
    return {
      role: 'tool',
      call: id,
      name,
      content: reading.kind === 'faulty' ? misuse(reading.faults) : observed(turn.observations[index], before),
    };
  });
  return [{ role: 'assistant', content: text, tool_calls: toolCalls }, ...results];
}

function replyTo({ observations }: Turn, reading: Reading, before: Transcript): string {
  if (reading.kind !== 'faulty') return canonicalJson({ tool_results: observations.map((result) => analysed(result, before)) });
  return `Your answer cannot be used: ${listed(reading.faults)}. Answer again, with these faults corrected and nothing else changed.`;
}

function misuse(faults: readonly string[]): string {
  return `Nothing was called: ${listed(faults)}. Correct the calls and ask again.`;
}

function observed(result: JsonObject | undefined, before: Transcript): string {
  return canonicalJson(analysed(result ?? {}, before));
}

/** What failed is told with what to make of it, so that another way is tried and not the same again (COG-5). */
function analysed(result: JsonObject, before: Transcript): JsonObject {
  if (result.outcome !== 'failure') return result;
  const same = before.flatMap(({ observations }) => observations).filter((other) => canonicalJson(other) === canonicalJson(result)).length;
  const again =
    same > 0 ? ` It has failed in this way ${same === 1 ? 'once' : `${same} times`} before: the same call will fail again.` : '';
  return { ...result, advice: `${adviceFor(result)}${again}` };
}

/** What kind of failure it is decides what may help. */
function adviceFor({ error }: JsonObject): string {
  const code = typeof error === 'object' && error !== null && !Array.isArray(error) ? String(error.code) : '';
  if (code.endsWith('timed_out')) return 'It took too long: ask for less, or try another tool.';
  if (code.endsWith('not_found')) return 'There is no such thing: look for what there is before you ask again.';
  if (code.startsWith('effect.') || code.startsWith('budget.') || code.startsWith('circuit.')) return 'It is not allowed: do without it.';
  if (code.startsWith('path.')) return 'The place is wrong: choose one inside the workspace.';
  return 'Find out from the message what went wrong, and try another way.';
}
