import { copyJson, EspalierError, faultOf, type GraphNode, isJsonObject, type Json, jsonFault, type NodeResult } from '@espalier/core';
import { Permit } from '../gate/permit.ts';
import type { Handler } from '../handlers/handler.ts';
import type { NodeProgram, NodeScope, PerformedEffect } from '../ports/node-program.ts';
import type { PreparedNode } from './prepare.ts';

/** A built-in handler that may take time: no effect, for it is pure. */
export function handlerProgram(handler: Handler): NodeProgram {
  return async (scope) => ({ outcome: 'success', output: await handler(scope.input, handlerContext(scope)) });
}

/** A function of the workflow's own modules. */
export interface CustomFunction {
  name: string;
  handler: (...args: unknown[]) => unknown;
}

/**
 * A custom handler is one effect (S11). It gets and gives copies: what it changes afterwards changes nothing. Called as `handler(input, { task, node, failures, labels, signal, with, key })`.
 */
export function customProgram(node: GraphNode, { name, handler }: CustomFunction): NodeProgram {
  return async (scope) => {
    const parameters = node.manifest.with;
    const result = await scope.effect({
      kind: 'handler',
      target: name,
      input: { input: scope.input, with: parameters },
      idempotent: node.manifest.idempotent,
      risk: node.manifest.risk,
      perform: (permit, signal, key) => {
        Permit.redeem(permit, 'handler', name);
        const context = { ...handlerContext(scope), with: copyJson(parameters), signal, key };
        return callCustom(() => handler(copyJson(scope.input), context), name);
      },
    });
    return customResult(result);
  };
}

/** Custom code may return `{ outcome: 'partial', output }` to say that it did only part of its work. */
function customResult(result: NodeResult): NodeResult {
  if (result.outcome === 'failure' || !isJsonObject(result.output)) return result;
  const { outcome, output, ...rest } = result.output;
  return outcome === 'partial' && output !== undefined && Object.keys(rest).length === 0 ? { outcome, output } : result;
}

/** Runs a custom reducer over what arrived, as an effect, and then the node's own work on its value (S12). */
export function reducedProgram(
  { name, reducer }: { name: string; reducer: CustomFunction['handler'] },
  work: PreparedNode['work'],
): NodeProgram {
  return async (scope) => {
    if (!scope.isMerging) return carryOn(work, scope);
    const reduced = await scope.effect({
      kind: 'reducer',
      target: name,
      input: scope.input,
      idempotent: true, // a reducer combines values; it has nothing to change outside
      perform: (permit) => {
        Permit.redeem(permit, 'reducer', name);
        return callCustom(() => reducer(copyJson(scope.input), { failures: copyJson([...scope.failures]) }), name);
      },
    });
    if (reduced.outcome === 'failure') return reduced;
    return carryOn(work, { ...scope, input: reduced.output });
  };
}

/** Does a node's own work, whatever it is. */
export async function carryOn(work: PreparedNode['work'], scope: NodeScope): Promise<NodeResult> {
  return 'now' in work ? work.now(scope.input, scope.task) : work.program(scope);
}

function handlerContext(scope: NodeScope) {
  const labels = scope.node.out.flatMap((edge) => edge.label ?? []);
  return { task: scope.task, node: scope.node.id, failures: copyJson([...scope.failures]), labels, signal: scope.signal };
}

async function callCustom(call: () => unknown, name: string): Promise<PerformedEffect> {
  try {
    const output = (await call()) ?? null;
    const fault = jsonFault(output);
    if (!fault) return { outcome: 'success', output: copyJson(output as Json) };
    throw new EspalierError('payload.invalid_text', `${name} returned what is not JSON, at ${fault.path || 'its top'}: ${fault.reason}.`);
  } catch (thrown) {
    return { outcome: 'failure', error: faultOf(thrown, 'node.handler_failed') };
  }
}
