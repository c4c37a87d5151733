import { EspalierError, type GraphNode, isJsonObject, type JsonObject } from '@espalier/core';
import { compileExpression } from '../expressions/expression.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import { callTool, toolReport } from '../tools/call-tool.ts';
import { checkToolPlan } from '../tools/tool-plan.ts';
import type { NodeParts } from './prepare.ts';

/**
 * The handler `tools`: evaluates `with.plan` (JSONata) to a ToolPlan and makes its calls in order. Misuse fails the node at once (S19);
 * what a tool met in its surroundings is recorded in `tool_results` and makes the node partial, not failed (ENG-X4).
 * @throws EspalierError `input.invalid`, `expression.invalid` if `with` is wrong.
 */
export function createToolsProgram(node: GraphNode, { tools, schemas, workspace }: NodeParts): NodeProgram {
  const { plan, ...rest } = node.manifest.with;
  const unknown = Object.keys(rest)[0];
  if (typeof plan !== 'string' || unknown !== undefined) {
    const found = unknown === undefined ? 'no plan' : `with.${unknown}`;
    throw new EspalierError(
      'input.invalid',
      `Node ${node.id}: tools expects with.plan, an expression that gives a ToolPlan; found ${found}.`,
    );
  }
  const expression = compileExpression(plan);
  const allowed = tools.allowed(node.manifest.tools);
  return async (scope) => {
    const bindings = { input: scope.input, failures: [...scope.failures], task: scope.task, node: node.id };
    const planned = await expression.evaluate(scope.input, bindings, scope.signal);
    const checked = checkToolPlan(isJsonObject(planned) ? [planned] : planned, allowed, schemas);
    if (!checked.ok)
      throw misuse(
        node,
        checked.misuse.map((fault) => fault.message),
      );
    const results: JsonObject[] = [];
    for (const call of checked.calls) results.push(toolReport(call, await callTool(scope, call, { workspace, schemas })));
    const output = { ...(isJsonObject(scope.input) ? scope.input : { input: scope.input }), tool_results: results };
    return { outcome: results.some((result) => result.outcome !== 'success') ? 'partial' : 'success', output };
  };
}

function misuse(node: GraphNode, messages: readonly string[]): EspalierError {
  return new EspalierError('tool.input_invalid', `The ToolPlan of ${node.id} cannot be carried out: ${messages.join(' ')}`);
}
