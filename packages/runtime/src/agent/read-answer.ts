import { isJsonObject, type Json, jsonFault } from '@espalier/core';
import { checkToolPlan, type PlannedCall } from '../tools/tool-plan.ts';
import { jsonIn } from './json-in.ts';
import type { AgentFrame } from './next-step.ts';
import type { ModelAnswer } from './transcript.ts';

/** What an answer comes to: calls whose results the agent wants to see, the end of its work, or something that it has to mend. */
export type Reading =
  | { kind: 'action'; calls: readonly PlannedCall[] }
  | { kind: 'final'; output: Json; calls: readonly PlannedCall[]; isCutOff: boolean }
  | { kind: 'faulty'; what: 'answer' | 'tool'; faults: readonly string[] };

/** Reads an answer as strictly as it will be used: anything that does not fit is told to the agent in words it can act on (S19, COG-4). */
export function readAnswer(frame: AgentFrame, answer: ModelAnswer): Reading {
  if (answer.toolCalls.length > 0) return readCalls(frame, answer);
  const { text, isCutOff } = answer;
  const wantsText = !frame.checkAnswer && (frame.tools.size === 0 || frame.callsTools);
  if (wantsText) return textFaults(text) ?? { kind: 'final', output: text, calls: [], isCutOff };
  const value = jsonIn(text);
  if (value === undefined) return faulty([isCutOff ? 'the answer broke off before its end: make it shorter' : 'the answer is not JSON']);
  return textFaults(value) ?? readValue(frame, value, isCutOff);
}

function readCalls(frame: AgentFrame, { toolCalls }: ModelAnswer): Reading {
  const checked = checkToolPlan(
    toolCalls.map(({ name, input }) => ({ tool: name, input })),
    frame.tools,
    frame.schemas,
  );
  if (checked.ok) return { kind: 'action', calls: checked.calls };
  return { kind: 'faulty', what: 'tool', faults: checked.misuse.map(({ message }) => message) };
}

/** A plan that stands alone is an action: its results are wanted. One beside an answer is carried out, and that is the end. */
function readValue(frame: AgentFrame, value: Json, isCutOff: boolean): Reading {
  const { output, plan, isAlone } = separate(frame, value);
  const checked = plan === undefined ? { ok: true as const, calls: [] } : checkToolPlan(plan, frame.tools, frame.schemas);
  const misuse = checked.ok ? [] : checked.misuse.map(({ message }) => `tool_plan ${message}`);
  if (isAlone && checked.ok && checked.calls.length > 0) return { kind: 'action', calls: checked.calls };
  const faults = isAlone ? [] : (frame.checkAnswer?.(output) ?? []).map(({ path, message }) => `${path || 'the answer'} ${message}`);
  if (faults.length > 0 || !checked.ok) return { kind: 'faulty', what: checked.ok ? 'answer' : 'tool', faults: [...faults, ...misuse] };
  return { kind: 'final', output, calls: checked.calls, isCutOff };
}

function separate(frame: AgentFrame, value: Json): { output: Json; plan: Json | undefined; isAlone: boolean } {
  if (frame.tools.size === 0 || frame.callsTools || !isJsonObject(value)) return { output: value, plan: undefined, isAlone: false };
  const { tool_plan: plan, ...output } = value;
  const isAlone = Array.isArray(plan) && plan.length > 0 && Object.keys(output).every((key) => key === 'thought');
  return { output, plan, isAlone };
}

function textFaults(value: Json): Reading | undefined {
  const unfit = jsonFault(value);
  return unfit && faulty([`${unfit.path || 'the answer'} cannot be stored: ${unfit.reason}`]);
}

function faulty(faults: string[]): Reading {
  return { kind: 'faulty', what: 'answer', faults };
}
