import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyseRequest } from './analyse-request.ts';
import type { SentRequest } from './estimate-tokens.ts';
import { hostileTexts } from './testing/hostile-texts.ts';
import { type LabelledRequest, labelledRequests } from './testing/labelled-requests.ts';
import { longDocument, ordersSchema, searchTools } from './testing/long-material.ts';

const says = (content: string): SentRequest => ({ messages: [{ role: 'user', content }] });
const rank = { simple: 0, medium: 1, hard: 2 };

/** Of the pairs of which one is of a higher level, the share in which that one is the more complex. */
function ordered(isPair: (easier: LabelledRequest, harder: LabelledRequest) => boolean): number {
  const measured = labelledRequests.map((labelled) => ({ labelled, complexity: analyseRequest(labelled.request).complexity }));
  const pairs = measured.flatMap((easier) =>
    measured.filter((harder) => isPair(easier.labelled, harder.labelled)).map((harder) => [easier, harder] as const),
  );
  return pairs.filter(([easier, harder]) => easier.complexity < harder.complexity).length / pairs.length;
}

describe('COG-2: a table of requests', () => {
  test('it is varied', () => {
    expect(labelledRequests.length).toBeGreaterThanOrEqual(50);
    expect(new Set(labelledRequests.map(({ name }) => name)).size).toBe(labelledRequests.length);
    for (const level of ['simple', 'medium', 'hard'] as const) {
      expect(labelledRequests.filter((labelled) => labelled.level === level).length).toBeGreaterThanOrEqual(12);
    }
  });

  test.each(
    labelledRequests.map((labelled) => ({ ...labelled, flags: `${labelled.code ? 'code ' : ''}${labelled.reasoning ? 'reasoning' : ''}` })),
  )('$name → $flags', ({ request, code, reasoning }) => {
    expect(analyseRequest(request)).toMatchObject({ code, reasoning });
  });

  // Measured: 0.979 of all pairs, 1 of simple against hard.
  test('a harder request is judged more complex in nearly all pairs', () => {
    expect(ordered((easier, harder) => rank[easier.level] < rank[harder.level])).toBeGreaterThanOrEqual(0.93);
    expect(ordered((easier, harder) => easier.level === 'simple' && harder.level === 'hard')).toBeGreaterThanOrEqual(0.98);
  });
});

describe('COG-2: what makes a request complex', () => {
  test('a plain question is not, and needs no reasons', () => {
    expect(analyseRequest(says('What is the capital of Portugal?'))).toEqual({
      complexity: 0,
      tokens: 8,
      code: false,
      reasoning: false,
      structured: false,
      tools: false,
      turns: 1,
      reasons: [],
    });
  });

  test('reasons are short and name what was found', () => {
    const { reasons } = analyseRequest({
      ...says(`Compare both offers, with their trade-offs.\n\n${longDocument(12_000)}`),
      schema: ordersSchema,
      tools: searchTools,
    });
    expect(reasons[0]).toMatch(/^long: \d,\d{3} tokens$/);
    expect(reasons).toEqual(
      expect.arrayContaining(['asks for reasoning: compare, trade-off', 'answer of 6 fields, 3 levels deep', '2 tools']),
    );
  });

  test('turns and results of tools are counted', () => {
    const analysis = analyseRequest({
      messages: [
        { role: 'user', content: 'Where is it?' },
        { role: 'assistant', content: '', tool_calls: [{ id: 'a', name: 'search', input: {} }] },
        { role: 'tool', call: 'a', name: 'search', content: 'In Graz.' },
        { role: 'assistant', content: 'In Graz.' },
        { role: 'user', content: 'And the other?' },
      ],
    });
    expect(analysis.turns).toBe(2);
    expect(analysis.reasons).toEqual(['2 turns', '1 result of tools']);
  });

  test('a request without messages is nothing', () => {
    expect(analyseRequest({ messages: [] })).toMatchObject({ complexity: 0, tokens: 0, turns: 0, reasons: [] });
  });

  test('what the request says is not repeated in the reasons', () => {
    const { reasons } = analyseRequest(
      says('```sk-hunter2secret\nconst a = 1;\nconst b = 2;\n```\nWhy does sk_hunter2secret() fail in typescript?'),
    );
    expect(reasons).toEqual(['about code: typescript, 2 lines', 'asks for reasoning: why']);
  });
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...labelledRequests.map(({ request }) => request.messages.at(-1)?.content ?? '')),
);
const anyRequest: fc.Arbitrary<SentRequest> = fc
  .array(fc.record({ role: fc.constantFrom('system' as const, 'user' as const, 'assistant' as const), content: anyText }), { maxLength: 4 })
  .map((messages) => ({ messages }));

describe('COG-2: for every request', () => {
  test('equal requests are judged equally, whatever was judged before', () => {
    const first = labelledRequests.map(({ request }) => analyseRequest(request));
    const again = labelledRequests.toReversed().map(({ request }) => analyseRequest(structuredClone(request)));
    expect(again.toReversed()).toEqual(first);
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(analyseRequest(structuredClone(request))).toEqual(analyseRequest(request));
      }),
    );
  });

  test('complexity is from 0 to 1, to two digits, and above 0 exactly where there are reasons', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const { complexity, reasons, tokens } = analyseRequest(request);
        expect(complexity).toBe(Number(complexity.toFixed(2)));
        expect(complexity >= 0 && complexity <= 1).toBe(true);
        expect(complexity > 0).toBe(reasons.length > 0);
        expect(Number.isInteger(tokens)).toBe(true);
      }),
    );
  });

  test('a schema or tools never make it simpler', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const plain = analyseRequest(request).complexity;
        expect(analyseRequest({ ...request, schema: ordersSchema }).complexity).toBeGreaterThanOrEqual(plain);
        expect(analyseRequest({ ...request, tools: searchTools }).complexity).toBeGreaterThanOrEqual(plain);
      }),
    );
  });
});

/*
 * Measured: 28 ms at most, whether of 200,000 or of 2,000,000 characters, and 4 to 7 ms for prose of the same length. A pattern whose work
 * grows with the square of what is read takes a hundred times as long as prose. Held against prose, on the same machine in the same moment,
 * neither a slow machine nor a busy one matters.
 */
describe('hostile texts', () => {
  test.each([200_000, 2_000_000])('of %i characters take little longer than prose, in every role', (length) => {
    const limit = 20 * fastest(() => analyseRequest(inEveryRole(longDocument(length))));
    const slow = hostileTexts(length).filter(({ text }) => fastest(() => analyseRequest(inEveryRole(text)), limit) > limit);
    expect(slow.map(({ name }) => name)).toEqual([]);
  });

  test('so do nesting, breadth and a long history', () => {
    const limit = 50 * fastest(() => analyseRequest(inEveryRole(longDocument(200_000))));
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const properties = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`field${index}`, { type: 'string' }]));
    const many = Array.from({ length: 20_000 }, () => ({ role: 'user' as const, content: 'Why?' }));
    expect(fastest(() => analyseRequest(says(deep)), limit)).toBeLessThan(limit);
    expect(fastest(() => analyseRequest({ messages: [], schema: { type: 'object', properties } }), limit)).toBeLessThan(limit);
    expect(fastest(() => analyseRequest({ messages: many }), limit)).toBeLessThan(limit);
  });
});

function inEveryRole(text: string): SentRequest {
  return {
    messages: [
      { role: 'system', content: text },
      { role: 'user', content: text },
      { role: 'tool', call: 'a', name: 'b', content: text },
    ],
  };
}

/** The milliseconds of the fastest of ten runs: whatever else a machine does only adds. The first run within `enough` is the last. */
function fastest(work: () => unknown, enough = 0): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 10 && least > enough; run += 1) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
