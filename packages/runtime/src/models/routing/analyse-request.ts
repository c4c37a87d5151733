import { codeSigns } from './code-signs.ts';
import { estimateTokens, type SentRequest } from './estimate-tokens.ts';
import { mathsSigns } from './maths-signs.ts';
import { readRequest } from './read-request.ts';
import { reasoningSigns } from './reasoning-signs.ts';
import { schemaSigns } from './schema-signs.ts';
import { complexityOf, counted, type Sign } from './sign.ts';
import { structureSigns } from './structure-signs.ts';

/** What a request looks like from outside: what rules of routes are about (COG-2). */
export interface RequestAnalysis {
  /** 0 (nothing to it) to 1, to two digits. */
  complexity: number;
  /** About how many tokens the request takes. */
  tokens: number;
  /** Whether it is about code. */
  code: boolean;
  /** Whether it asks for steps, proofs, comparisons or plans. */
  reasoning: boolean;
  /** Whether the answer has to satisfy a schema. */
  structured: boolean;
  /** Whether tools may be called. */
  tools: boolean;
  /** How often a user has spoken. */
  turns: number;
  /** What makes it complex, for people. Says nothing of what the request says but words of our own. */
  reasons: string[];
}

/**
 * Judges how hard a request is by its length, its form and its words, without asking a model. Equal requests are judged equally. Time is
 * linear in the request, and beyond a bound only that of copying it: 0.1 ms for a short one, 30 ms for a long and hostile one.
 */
export function analyseRequest(request: SentRequest): RequestAnalysis {
  const { messages, schema, tools = [] } = request;
  const text = readRequest(messages);
  const tokens = estimateTokens(request);
  const code = codeSigns(text);
  const reasoning = reasoningSigns(text);
  const signs = [
    ...lengthSigns(tokens),
    ...structureSigns(text),
    ...code,
    ...reasoning,
    ...mathsSigns(text),
    ...(schema ? schemaSigns(schema) : []),
    ...toolSigns(tools.length),
    ...historySigns(messages),
  ];
  return {
    complexity: complexityOf(signs),
    tokens,
    code: code.length > 0,
    reasoning: reasoning.length > 0,
    structured: schema !== undefined,
    tools: tools.length > 0,
    turns: turnsOf(messages),
    reasons: signs.map(({ reason }) => reason),
  };
}

/** From 1,000 tokens on a request is long; every doubling takes some more. */
function lengthSigns(tokens: number): Sign[] {
  if (tokens < 1_000) return [];
  return [{ weight: Math.min(0.1 + 0.06 * Math.log2(tokens / 1_000), 0.6), reason: `long: ${counted(tokens, 'token', 'tokens')}` }];
}

function toolSigns(tools: number): Sign[] {
  return tools === 0 ? [] : [{ weight: Math.min(0.08 + 0.02 * tools, 0.25), reason: counted(tools, 'tool', 'tools') }];
}

function historySigns(messages: SentRequest['messages']): Sign[] {
  const turns = turnsOf(messages);
  const results = messages.filter(({ role }) => role === 'tool').length;
  return [
    ...(turns > 1 ? [{ weight: Math.min(0.02 * turns, 0.2), reason: `${turns} turns` }] : []),
    ...(results > 0 ? [{ weight: Math.min(0.03 * results, 0.15), reason: counted(results, 'result of tools', 'results of tools') }] : []),
  ];
}

function turnsOf(messages: SentRequest['messages']): number {
  return messages.filter(({ role }) => role === 'user').length;
}
