import { parentPort } from 'node:worker_threads';
import { faultOf } from '@espalier/core';
import { compileEvaluation, type Evaluation } from './evaluation.ts';
import type { ExpressionReply, ExpressionRequest } from './expression-thread.ts';

// The entry of the thread that evaluates expressions with regular expressions; it answers one request at a time.

const mostCompiled = 200;
const compiled = new Map<string, Evaluation>();

function compiledEvaluation(source: string): Evaluation {
  const known = compiled.get(source);
  if (known) return known;
  if (compiled.size >= mostCompiled) compiled.clear();
  const evaluation = compileEvaluation(source);
  compiled.set(source, evaluation);
  return evaluation;
}

async function answer({ source, input, bindings }: ExpressionRequest): Promise<ExpressionReply> {
  try {
    return { ok: true, value: await compiledEvaluation(source).evaluate(input, bindings) };
  } catch (thrown) {
    return { ok: false, fault: faultOf(thrown) };
  }
}

parentPort?.on('message', async (request: ExpressionRequest) => parentPort?.postMessage(await answer(request)));
parentPort?.postMessage('ready');
