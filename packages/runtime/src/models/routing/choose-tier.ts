import type { ModelRoute, Route, RouteCondition } from '@espalier/core';
import type { RequestAnalysis } from './analyse-request.ts';

/** One condition of a rule: whether it holds, and how it reads. */
interface Condition {
  holds: boolean;
  text: string;
}

/**
 * Chooses what is asked: the first rule whose every condition holds, or the default of the route (COG-2). A rule without conditions always
 * holds. The reasons are those of the analysis, and then which rule decided.
 */
export function chooseTier(route: ModelRoute, analysis: RequestAnalysis): { use: string; route: Route } {
  const at = route.rules.findIndex(({ when }) => conditionsOf(when, analysis).every(({ holds }) => holds));
  const rule = route.rules[at];
  const { tier, use } = rule ?? route.default;
  const why = rule ? `rule ${at + 1} of ${route.id}: ${reading(rule.when, analysis)}` : `no rule of ${route.id} holds: the default`;
  return { use, route: { tier, complexity: analysis.complexity, reasons: [...analysis.reasons, why] } };
}

function reading(when: RouteCondition, analysis: RequestAnalysis): string {
  return (
    conditionsOf(when, analysis)
      .map(({ text }) => text)
      .join(', ') || 'always'
  );
}

function conditionsOf(when: RouteCondition, analysis: RequestAnalysis): Condition[] {
  const { complexity, tokens } = analysis;
  return [
    ...below('complexity', complexity, when.complexity_below),
    ...from('complexity', complexity, when.complexity_from),
    ...below('tokens', tokens, when.tokens_below),
    ...from('tokens', tokens, when.tokens_from),
    ...is('code', analysis.code, when.code),
    ...is('reasoning', analysis.reasoning, when.reasoning),
    ...is('structured', analysis.structured, when.structured),
    ...is('tools', analysis.tools, when.tools),
  ];
}

function below(name: string, value: number, limit: number | undefined): Condition[] {
  return limit === undefined ? [] : [{ holds: value < limit, text: `${name} below ${limit}` }];
}

function from(name: string, value: number, limit: number | undefined): Condition[] {
  return limit === undefined ? [] : [{ holds: value >= limit, text: `${name} from ${limit}` }];
}

function is(name: string, value: boolean, wanted: boolean | undefined): Condition[] {
  return wanted === undefined ? [] : [{ holds: value === wanted, text: wanted ? name : `no ${name}` }];
}
