import { type EffectResult, EspalierError, type Fault, isJsonObject, type Json, type JsonObject, jsonFault } from '@espalier/core';
import type { ModelMessage } from '../ports/model.ts';
import type { Tool } from '../ports/tool.ts';
import type { SchemaCheck, SchemaCompiler } from '../schema/compile-schema.ts';
import { checkToolPlan, type PlannedCall } from '../tools/tool-plan.ts';
import { readAnswer } from './answer.ts';

/** How often an agent may correct an answer that breaks its schema or misuses a tool (COG-4). */
const maxCorrections = 3;

/** What does not change while an agent node works. */
export interface AgentFrame {
  readonly agent: string;
  readonly messages: readonly ModelMessage[];
  readonly checkAnswer: SchemaCheck | undefined;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly schemas: SchemaCompiler;
}

/** What has happened inside the node so far: the results of its effects, in order. */
export interface Transcript {
  readonly answers: readonly string[];
  /** Results of the tool calls that the last answer planned. */
  readonly toolResults: readonly JsonObject[];
}

export type AgentStep =
  | { do: 'ask'; messages: readonly ModelMessage[] }
  | { do: 'call'; call: PlannedCall }
  | { do: 'answer'; output: Json; outcome: 'success' | 'partial' }
  | { do: 'fail'; error: Fault };

/** What an agent node does next: a pure function of its transcript, so that resuming is the same call with a longer one (S11). */
export function nextStep(frame: AgentFrame, { answers, toolResults }: Transcript): AgentStep {
  const reading = answers.map((text) => readPlan(frame, text));
  const last = reading.at(-1);
  if (last?.ok) return carryOut(last, toolResults);
  if (last && answers.length > maxCorrections) return { do: 'fail', error: uncorrected(frame, last.faults) };
  const messages = [...frame.messages];
  for (const [index, answer] of answers.entries()) {
    messages.push({ role: 'assistant', content: answer }, { role: 'user', content: correction(reading[index] as Refused) });
  }
  return { do: 'ask', messages };
}

interface Refused {
  ok: false;
  faults: readonly string[];
}

interface Accepted {
  ok: true;
  output: Json;
  calls: readonly PlannedCall[];
}

function readPlan(frame: AgentFrame, text: string): Accepted | Refused {
  const wantsText = !frame.checkAnswer && frame.tools.size === 0;
  const answer = wantsText ? text : readAnswer(text);
  if (answer === undefined) return { ok: false, faults: ['the answer is not JSON'] };
  const unfit = jsonFault(answer);
  if (unfit) return { ok: false, faults: [`${unfit.path || 'the answer'} cannot be stored: ${unfit.reason}`] };
  if (wantsText) return { ok: true, output: text, calls: [] };
  const { output, plan } = separate(frame, answer);
  const faults = (frame.checkAnswer?.(output) ?? []).map(({ path, message }) => `${path || 'the answer'} ${message}`);
  const checked = plan === undefined ? { ok: true as const, calls: [] } : checkToolPlan(plan, frame.tools, frame.schemas);
  if (!checked.ok) faults.push(...checked.misuse.map((fault) => `tool_plan ${fault.message}`));
  return faults.length === 0 && checked.ok ? { ok: true, output, calls: checked.calls } : { ok: false, faults };
}

function separate(frame: AgentFrame, answer: Json): { output: Json; plan: Json | undefined } {
  if (frame.tools.size === 0 || !isJsonObject(answer)) return { output: answer, plan: undefined };
  const { tool_plan: plan, ...output } = answer;
  return { output, plan };
}

function carryOut({ output, calls }: Accepted, results: readonly JsonObject[]): AgentStep {
  const call = calls[results.length];
  if (call) return { do: 'call', call };
  if (calls.length === 0) return { do: 'answer', output, outcome: 'success' };
  const outcome = results.some((result) => result.outcome !== 'success') ? 'partial' : 'success';
  return { do: 'answer', output: { ...(isJsonObject(output) ? output : { answer: output }), tool_results: [...results] }, outcome };
}

function correction({ faults }: Refused): string {
  return `Your answer cannot be used: ${faults.join('; ')}. Answer again, with these faults corrected and nothing else changed.`;
}

function uncorrected(frame: AgentFrame, faults: readonly string[]): Fault {
  const message = `Agent ${frame.agent} did not give a usable answer in ${maxCorrections} corrections: ${faults.join('; ')}.`;
  return new EspalierError('model.output_invalid', message, { details: { faults: [...faults] } }).toFault();
}

/** The recorded text of a model call. */
export function answerText(result: Extract<EffectResult, { output: Json }>): string {
  const text = isJsonObject(result.output) ? result.output.text : undefined;
  return typeof text === 'string' ? text : '';
}
