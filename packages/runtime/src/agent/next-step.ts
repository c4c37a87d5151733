import { EspalierError, type Fault, isJsonObject, type Json, type JsonObject } from '@espalier/core';
import type { ModelMessage } from '../ports/model.ts';
import type { Tool } from '../ports/tool.ts';
import type { SchemaCheck, SchemaCompiler } from '../schema/compile-schema.ts';
import type { PlannedCall } from '../tools/tool-plan.ts';
import { conversation } from './conversation.ts';
import { listed } from './listed.ts';
import { type Reading, readAnswer } from './read-answer.ts';
import type { Transcript } from './transcript.ts';

/** How often an agent may correct an answer that breaks its schema or misuses a tool (COG-4). */
const maxCorrections = 3;

/** What does not change while an agent node works. */
export interface AgentFrame {
  readonly agent: string;
  readonly messages: readonly ModelMessage[];
  readonly checkAnswer: SchemaCheck | undefined;
  readonly tools: ReadonlyMap<string, Tool>;
  /** Whether the model asks for tools in its provider's own way; otherwise by a ToolPlan in its answer. */
  readonly callsTools: boolean;
  readonly schemas: SchemaCompiler;
  /** How often the model may be asked, and how many tokens all requests and answers may have together. */
  readonly maxSteps: number;
  readonly maxTokens: number | undefined;
}

/** Why the model is asked once more than it should have to be: its last answer was faulty, or a call of a tool failed. */
export interface SelfCorrection {
  of: 'answer' | 'tool';
  faults: string[];
}

export type AgentStep =
  | { do: 'ask'; messages: readonly ModelMessage[]; correction: SelfCorrection | undefined }
  /** Calls that do not depend on each other: all at once. */
  | { do: 'act'; calls: readonly PlannedCall[] }
  /** The next call of a plan that is carried out in order. */
  | { do: 'call'; call: PlannedCall }
  | { do: 'answer'; output: Json; outcome: 'success' | 'partial' }
  | { do: 'fail'; error: Fault };

/** What an agent node does next: a pure function of its transcript, so that resuming is the same call with a longer one (S11). */
export function nextStep(frame: AgentFrame, transcript: Transcript): AgentStep {
  const readings = transcript.map(({ answer }) => readAnswer(frame, answer));
  const last = readings.at(-1);
  const observations = transcript.at(-1)?.observations ?? [];
  if (last?.kind === 'final') return carryOut(last, observations);
  if (last?.kind === 'action' && observations.length < last.calls.length) return { do: 'act', calls: last.calls };
  const fault = exhaustion(frame, transcript, readings);
  if (fault) return { do: 'fail', error: fault };
  return { do: 'ask', messages: conversation(frame, transcript, readings), correction: correctionAfter(last, observations) };
}

/** Corrections, steps and tokens have an end. */
function exhaustion(frame: AgentFrame, transcript: Transcript, readings: readonly Reading[]): Fault | undefined {
  const { agent, maxSteps, maxTokens } = frame;
  const faulty = readings.filter((reading) => reading.kind === 'faulty');
  const last = readings.at(-1);
  if (last?.kind === 'faulty' && faulty.length > maxCorrections) return uncorrected(agent, last.faults);
  if (transcript.length >= maxSteps) return exhausted(agent, `${maxSteps} steps`, 'steps');
  const tokens = transcript.reduce((sum, { answer }) => sum + answer.tokens, 0);
  if (maxTokens !== undefined && tokens >= maxTokens) return exhausted(agent, `${maxTokens} tokens (${tokens} were used)`, 'tokens');
  return undefined;
}

function correctionAfter(last: Reading | undefined, observations: readonly JsonObject[]): SelfCorrection | undefined {
  if (last?.kind === 'faulty') return { of: last.what, faults: [...last.faults] };
  const failed = observations.filter(({ outcome }) => outcome === 'failure');
  if (failed.length === 0) return undefined;
  return {
    of: 'tool',
    faults: failed.map(({ tool, error }) => `${String(tool)}: ${isJsonObject(error) ? String(error.message) : 'failed'}`),
  };
}

function carryOut({ output, calls, isCutOff }: Extract<Reading, { kind: 'final' }>, results: readonly JsonObject[]): AgentStep {
  const call = calls[results.length];
  if (call) return { do: 'call', call };
  const isPartial = isCutOff || results.some((result) => result.outcome !== 'success');
  const outcome = isPartial ? 'partial' : 'success';
  if (calls.length === 0) return { do: 'answer', output, outcome };
  return { do: 'answer', output: { ...(isJsonObject(output) ? output : { answer: output }), tool_results: [...results] }, outcome };
}

function uncorrected(agent: string, faults: readonly string[]): Fault {
  const message = `Agent ${agent} did not give a usable answer in ${maxCorrections} corrections: ${listed(faults)}.`;
  return new EspalierError('model.output_invalid', message, { details: { faults: [...faults] } }).toFault();
}

function exhausted(agent: string, limit: string, of: string): Fault {
  const message = `Agent ${agent} was not done after ${limit}, which is all that its node may use.`;
  return new EspalierError('agent.exhausted', message, { details: { of } }).toFault();
}
