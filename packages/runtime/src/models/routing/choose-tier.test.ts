import type { ModelRoute, RouteCondition } from '@espalier/core';
import { describe, expect, test } from 'vitest';
import type { RequestAnalysis } from './analyse-request.ts';
import { chooseTier } from './choose-tier.ts';

const analysis: RequestAnalysis = {
  complexity: 0.5,
  tokens: 1_000,
  code: true,
  reasoning: false,
  structured: true,
  tools: false,
  turns: 1,
  reasons: ['about code: sql'],
};

function routeWith(...rules: RouteCondition[]): ModelRoute {
  return {
    id: 'everyday',
    rules: rules.map((when, index) => ({ tier: `tier${index + 1}`, when, use: `use${index + 1}` })),
    default: { tier: 'rest', use: 'cheap' },
  };
}

describe('COG-2: which rule decides', () => {
  test('the first whose every condition holds, though later ones hold too', () => {
    const chosen = chooseTier(routeWith({ code: true, reasoning: true }, { code: true }, {}), analysis);
    expect(chosen).toEqual({
      use: 'use2',
      route: { tier: 'tier2', complexity: 0.5, reasons: ['about code: sql', 'rule 2 of everyday: code'] },
    });
  });

  test('none leaves the default', () => {
    const { use, route } = chooseTier(routeWith({ reasoning: true }, { complexity_below: 0.2 }), analysis);
    expect([use, route.tier, route.reasons.at(-1)]).toEqual(['cheap', 'rest', 'no rule of everyday holds: the default']);
  });

  test('a rule without conditions always holds, and says so', () => {
    expect(chooseTier(routeWith({}), analysis).route.reasons.at(-1)).toBe('rule 1 of everyday: always');
  });

  test.each<[RouteCondition, boolean, string]>([
    [{ complexity_below: 0.5 }, false, 'complexity below 0.5'],
    [{ complexity_below: 0.51 }, true, 'complexity below 0.51'],
    [{ complexity_from: 0.5 }, true, 'complexity from 0.5'],
    [{ complexity_from: 0.51 }, false, 'complexity from 0.51'],
    [{ tokens_below: 1_000 }, false, 'tokens below 1000'],
    [{ tokens_below: 1_001 }, true, 'tokens below 1001'],
    [{ tokens_from: 1_000 }, true, 'tokens from 1000'],
    [{ tokens_from: 1_001 }, false, 'tokens from 1001'],
    [{ code: true }, true, 'code'],
    [{ code: false }, false, 'no code'],
    [{ reasoning: true }, false, 'reasoning'],
    [{ reasoning: false }, true, 'no reasoning'],
    [{ structured: true }, true, 'structured'],
    [{ structured: false }, false, 'no structured'],
    [{ tools: true }, false, 'tools'],
    [{ tools: false }, true, 'no tools'],
    [{ complexity_from: 0, complexity_below: 1, code: true, tools: true }, false, ''],
    [{ complexity_from: 0, complexity_below: 1, code: true, tools: false }, true, 'complexity below 1, complexity from 0, code, no tools'],
  ])('%j: %s', (when, holds, text) => {
    const { route } = chooseTier(routeWith(when), analysis);
    expect(route.tier).toBe(holds ? 'tier1' : 'rest');
    if (holds) expect(route.reasons.at(-1)).toBe(`rule 1 of everyday: ${text}`);
  });

  test('the reasons of the analysis are not changed', () => {
    chooseTier(routeWith({}), analysis);
    expect(analysis.reasons).toEqual(['about code: sql']);
  });
});
