import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { picoDollars } from '@espalier/core';
import { calcPrice, findProvider, type ModelPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { PriceList } from './price-list.ts';
import { snapshotPrices } from './snapshot-prices.ts';
import { soundUsage } from './testing/random-usage.ts';

const priced = ['anthropic', 'openai', 'azure', 'google'] as const;
const today = new Date('2026-11-30T12:00:00Z');

function known(provider: (typeof priced)[number], model: string, at = today): PriceList {
  const prices = snapshotPrices(provider, model, at);
  if (!prices) throw new Error(`${provider} ${model} has no price`);
  return prices;
}

/** What every model of our providers is called in the snapshot. */
const everyModel = priced.flatMap((provider) =>
  (findProvider({ providerId: provider })?.models ?? []).map(({ id }) => ({ provider, id, record: recordOf(provider, id) })),
);

function recordOf(provider: string, id: string): ModelPrice | undefined {
  return calcPrice({}, id, { providerId: provider, timestamp: today })?.model_price;
}

describe('COG-3: prices of the snapshot', () => {
  test('claude-sonnet-4-5: 3 and 15 dollars, cache 0.3 and 3.75; 6 and 22.5 above 200,000 tokens of input', () => {
    const prices = known('anthropic', 'claude-sonnet-4-5');
    const usage = {
      input_tokens: 10_000,
      output_tokens: 1_000,
      cache_read_tokens: 6_000,
      cache_write_tokens: 3_000,
      reasoning_tokens: 800,
    };
    // 1,000 × 3 + 6,000 × 0.3 + 3,000 × 3.75 + 1,000 × 15 micro-dollars
    expect(prices.costOf(usage)).toBe(picoDollars('0.03105'));
    expect(prices.costOf({ input_tokens: 200_001, output_tokens: 1_000 })).toBe(picoDollars('1.222506'));
    expect(prices.perMillion).toMatchObject({ input: picoDollars(3), cacheWrite: picoDollars('3.75'), reasoning: picoDollars(15) });
  });

  test('gpt-5: 1.25 and 10 dollars, cache 0.125; reasoning is output', () => {
    const usage = { input_tokens: 2_000, output_tokens: 3_000, cache_read_tokens: 1_024, reasoning_tokens: 2_500 };
    // 976 × 1.25 + 1,024 × 0.125 + 3,000 × 10 micro-dollars
    expect(known('openai', 'gpt-5').costOf(usage)).toBe(picoDollars('0.031348'));
  });

  test('gpt-4o at OpenAI and at Azure: 2.5 and 10 dollars, cache 1.25', () => {
    for (const provider of ['openai', 'azure'] as const) {
      const prices = known(provider, 'gpt-4o');
      expect(prices.costOf({ input_tokens: 1_000, output_tokens: 100, cache_read_tokens: 500 })).toBe(picoDollars('0.002875'));
    }
  });

  test('gemini-2.5-pro: 1.25 and 10 dollars, above 200,000 tokens 2.5 and 15 for all of the request', () => {
    const prices = known('google', 'gemini-2.5-pro');
    expect(prices.costOf({ input_tokens: 200_000, output_tokens: 1_000 })).toBe(picoDollars('0.26'));
    expect(prices.costOf({ input_tokens: 200_001, output_tokens: 1_000 })).toBe(picoDollars('0.5150025'));
    expect(prices.costOf({ input_tokens: 300_000, output_tokens: 0, cache_read_tokens: 300_000 })).toBe(picoDollars('0.075'));
    expect(prices.perMillion.tiers).toEqual([
      {
        aboveInput: 200_000,
        input: picoDollars('2.5'),
        output: picoDollars(15),
        cacheRead: picoDollars('0.25'),
        cacheWrite: picoDollars('2.5'),
        reasoning: picoDollars(15),
      },
    ]);
  });

  test('a price that changed on a day is that of the day asked for', () => {
    const usage = { input_tokens: 1_000_000, output_tokens: 0 };
    const before = known('openai', 'o3', new Date('2025-06-09T00:00:00Z')).costOf(usage);
    const after = known('openai', 'o3', new Date('2025-06-10T00:00:00Z')).costOf(usage);
    expect([before, after]).toEqual([picoDollars(10), picoDollars(2)]);
  });

  test('names with a date, as providers answer with, are known', () => {
    expect(known('anthropic', 'claude-sonnet-4-5-20250929').perMillion.input).toBe(picoDollars(3));
    expect(known('openai', 'gpt-4o-2024-08-06').perMillion.input).toBe(picoDollars('2.5'));
  });

  test('the version names the package that is installed', () => {
    const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
    const { version } = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'));
    expect(known('openai', 'gpt-4o').version).toBe(`genai-prices ${version}`);
  });
});

describe('COG-3: what has no price is never free', () => {
  test.each([
    ['openai', 'gpt-99'],
    ['openai', 'claude-sonnet-4-5'],
    ['anthropic', 'claude-99'],
    ['anthropic', ''],
    ['google', 'gemini-99-pro'],
    ['azure', 'my-deployment'],
    ['openai-compatible', 'gpt-4o'],
    ['openai-compatible', 'llama3'],
    ['offline', 'text'],
  ] as const)('%s %s is unknown', (provider, model) => {
    expect(snapshotPrices(provider, model, today)).toBeUndefined();
  });

  test.each([
    ['free of charge today', 'google', 'gemma-3-27b-it'],
    ['priced by the hour', 'openai', 'whisper-1'],
    ['without output', 'openai', 'text-embedding-3-small'],
    ['drawing, at a price of its own', 'google', 'gemini-2.5-flash-image'],
    ['speaking, at a price of its own', 'openai', 'gpt-audio'],
  ] as const)('a model %s has no price for its text: %s %s', (_why, provider, model) => {
    expect(recordOf(provider, model)).toBeDefined();
    expect(snapshotPrices(provider, model, today)).toBeUndefined();
  });

  test('every model of the snapshot either has no price or one above zero, and reading it warns of nothing', () => {
    const warn = vi.spyOn(console, 'warn');
    const lists = everyModel.flatMap(({ provider, id }) => snapshotPrices(provider, id, today) ?? []);
    expect(lists.length).toBeGreaterThan(120);
    for (const list of lists) {
      expect(list.costOf({ input_tokens: 1, output_tokens: 0 })).toBeGreaterThan(0n);
      expect(list.costOf({ input_tokens: 0, output_tokens: 1 })).toBeGreaterThan(0n);
    }
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

describe('the whole snapshot', () => {
  const usable = everyModel.flatMap(({ provider, id }) => {
    const prices = snapshotPrices(provider, id, today);
    return prices ? [{ provider, id, prices }] : [];
  });

  test('costs agree with the totals of the package as far as floats go', () => {
    fc.assert(
      fc.property(fc.constantFrom(...usable), soundUsage, ({ provider, id, prices }, usage) => {
        const { reasoning_tokens, ...counted } = usage;
        const theirs = calcPrice({ ...counted, output_reasoning_tokens: reasoning_tokens }, id, { providerId: provider, timestamp: today });
        const ours = Number(prices.costOf(usage)) / 1e12;
        expect(Math.abs(ours - (theirs?.total_price ?? Number.NaN))).toBeLessThanOrEqual(1e-9 * ours + 1e-12);
      }),
      { numRuns: 2000 },
    );
  });

  test('S21: no usage costs more than the bound of its tokens', () => {
    fc.assert(
      fc.property(fc.constantFrom(...usable), soundUsage, ({ prices }, usage) => {
        expect(prices.costOf(usage) <= prices.boundOf({ input: usage.input_tokens, output: usage.output_tokens })).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

test('the table is loaded when first asked for, not at import', () => {
  const script = `
    import { createRequire } from 'node:module';
    const { snapshotPrices } = await import(${JSON.stringify(new URL('./snapshot-prices.ts', import.meta.url).href)});
    const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('genai-prices'));
    const atImport = isLoaded();
    snapshotPrices('openai-compatible', 'gpt-4o');
    const forOwnServer = isLoaded();
    snapshotPrices('openai', 'gpt-4o');
    process.stdout.write(JSON.stringify([atImport, forOwnServer, isLoaded()]));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual([false, false, true]);
});
