import { EspalierError, type Json } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression } from './expression.ts';

const evaluate = (source: string, input: Json = null, bindings: Record<string, Json> = {}) =>
  compileExpression(source).evaluate(input, bindings);

async function codeOf(source: string, input: Json = null, bindings: Record<string, Json> = {}): Promise<string> {
  try {
    return `gave ${JSON.stringify(await evaluate(source, input, bindings))}`;
  } catch (thrown) {
    return thrown instanceof EspalierError ? thrown.code : `not an EspalierError: ${thrown}`;
  }
}

describe('an expression', () => {
  it.each<[string, Json, Json]>([
    ['a.b', { a: { b: 3 } }, 3],
    [
      '$sum(items.(price * qty))',
      {
        items: [
          { price: 2, qty: 3 },
          { price: 1, qty: 4 },
        ],
      },
      10,
    ],
    ['$map(["ab", "cd"], $uppercase)', null, ['AB', 'CD']],
    ['($f := $substring(?, 0, 2); $f("hello"))', null, 'he'],
    ['$sort([3, 1, 2])', null, [1, 2, 3]],
    ['$sort(["b", "a"], function($l, $r) { $l > $r })', null, ['a', 'b']],
    [
      'items^(>n).id',
      {
        items: [
          { id: 'a', n: 1 },
          { id: 'b', n: 2 },
          { id: 'c', n: 1 },
        ],
      },
      ['b', 'a', 'c'],
    ],
    ['items{kind: $count($)}', { items: [{ kind: 'x' }, { kind: 'y' }, { kind: 'x' }] }, { x: 2, y: 1 }],
    ['$ ~> |a|{"b": 2}|', { a: { b: 1 } }, { a: { b: 2 } }],
    ['missing', {}, null],
    ['-0', null, 0],
  ])('evaluates %s', async (source, input, expected) => {
    expect(await evaluate(source, input)).toStrictEqual(expected);
  });

  it('sees its bindings', async () => {
    expect(await evaluate('$input.a & $node', null, { input: { a: 'x' }, node: 'n' })).toBe('xn');
  });

  it('that is malformed is refused with its position and what was expected', () => {
    const invalid = () => compileExpression('(1 + 2');
    expect(invalid).toThrow(
      expect.objectContaining({ code: 'expression.invalid', details: { position: 6, token: '(end)', expected: ')' } }),
    );
  });

  it.each([
    '$now()',
    '$millis()',
    '$random()',
    '$shuffle([1, 2])',
    '$eval("1")',
    '{"a": [$map([1], function($x) { $now() })]}',
    '$f := $random',
  ])('that uses a removed function is refused when it is compiled: %s (S12)', (source) => {
    expect(() => compileExpression(source)).toThrow(expect.objectContaining({ code: 'expression.invalid' }));
  });

  it.each(['('.repeat(5000), `${'['.repeat(600)}${']'.repeat(600)}`, `"${'x'.repeat(30_000)}"`])(
    'that is too deep or too long is refused',
    (source) => {
      expect(() => compileExpression(source)).toThrow(expect.objectContaining({ code: 'expression.invalid' }));
    },
  );

  it('that was cancelled is not evaluated', async () => {
    await expect(compileExpression('1').evaluate(null, {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'effect.cancelled' });
  });
});

describe('a hostile expression', () => {
  it.each([
    ['an endless tail call', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['an endless recursion', '($f := function($n) { 1 + $f($n + 1) }; $f(0))'],
    ['a giant range', '[1..10000000]'],
    ['a product of lists', '$count([1..5000].([1..5000]))'],
    ['a giant padding', '$pad("x", 100000000)'],
    ['a padding with a long text', '$pad("x", 900000, "1234567890")'],
    ['text that doubles', '$reduce([1..40], function($text, $i) { $text & $text }, "xxxx")'],
    ['text that is joined', '($t := $pad("", 900000); $join([1..1000].$t))'],
    ['text that is replaced', '($t := $pad("", 900000, "a"); $replace($t, "a", $t))'],
    ['objects that double', '$reduce([1..60], function($o, $i) { {"a": $o, "b": $o} }, 1)'],
    ['lists that double', '$reduce([1..60], function($o, $i) { [[$o], [$o]] }, 1)'],
    [
      'objects that double and are written as text',
      '$string($reduce([1..19], function($o, $i) { {"a": $o, "b": $o} }, "0123456789012345678901234567890123456789"))',
    ],
    ['a quadratic spread', '$spread([1..50000])'],
    ['a quadratic comparison', '$distinct([1..100000])'],
    ['a long Roman numeral', '$formatInteger(1000000000, "I")'],
    ['a long picture', '$formatNumber(1, $pad("", 100000, "#,0"))'],
    ['a wide year', '$fromMillis(0, "[Y,100000000-100000000]")'],
    ['a long list of arguments', '$max([1..100000])'],
    ['a long sort', '[1..20000]^(-$)'],
  ])('is stopped by counting: %s', async (_name, source) => {
    const first = await codeOf(source);
    expect(first).toBe('expression.too_costly');
    expect(await codeOf(source)).toBe(first);
  });

  it.each([
    ['a lambda’s frame', '($f := function($x) { $x }; $f.*.timestamp)', null],
    ['the members of a built-in function', '$string($sum.*)', null],
    ['a frame through descendants', '{"a": {"f": function() { 1 }}}.**', null],
    ['a built-in function by a transformation', '$ ~> |$sum|{"x": 1}, ["implementation"]|', {}],
    ['a lambda by a transformation', '($f := function() { 1 }; $ ~> |$f|{"body": {"type": "variable", "value": "random"}}|; $f())', {}],
    ['the length of a list by a transformation', '$ ~> |[[1]]|{"length": 1000000000}|', {}],
    ['data by calling it', 'data(1)', { data: { a: 1 } }],
    ['a function as result', '{"f": function($x) { $x }}', null],
    ['infinity as result', '1 / 0', null],
    ['NUL as result', '$base64decode("AAAA")', null],
  ])('cannot reach %s', async (_name, source, input) => {
    const given = structuredClone(input);
    expect(await codeOf(source, given)).toBe('expression.failed');
    expect(given).toStrictEqual(input);
    expect(await evaluate('$sum([1, 2])')).toBe(3);
  });

  it.each(['constructor', '`__proto__`', '$lookup($, "constructor")', 'a.constructor', '`toString`'])(
    'finds nothing inherited at %s',
    async (source) => {
      expect(await evaluate(source, { a: [] })).toBeNull();
    },
  );

  it('makes __proto__ an ordinary key', async () => {
    const result = await evaluate('{"__proto__": {"polluted": true}}');
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true}}');
    expect(await codeOf('$ ~> |$|{"__proto__": {"polluted": true}}|', {})).toBe('expression.failed');
    expect({}).not.toHaveProperty('polluted');
  });

  it('cannot change its input or bindings, even frozen ones', async () => {
    const input = { items: [1], o: { a: 1 } };
    Object.freeze(input.items);
    expect(await evaluate('items[]', input)).toStrictEqual([1]);
    expect(await codeOf('($ ~> |$input.o|{"a": 2}|; $ ~> |$$.o|{"a": 3}|; 1)', input, { input })).toBe('gave 1');
    expect(input.o).toStrictEqual({ a: 1 });
    expect(Object.keys(input.items)).toStrictEqual(['0']);
  });
});

describe('hostile input', () => {
  it('that poses as a function of JSONata is refused and left alone', async () => {
    const evil = { _jsonata_lambda: true, thunk: true, body: { procedure: { type: 'x' } }, environment: { base: { depth: 0 } } };
    const input = { evil, list: [evil] };
    const before = structuredClone(input);
    for (const source of ['evil', '$single(list)', '$lookup($, "evil")', '$map([1], function() { $$.evil })', 'evil(?)', 'evil(1)']) {
      expect(await codeOf(source, input)).toBe('expression.failed');
    }
    expect(input).toStrictEqual(before);
  });
});

describe('expressions and the host (S16)', () => {
  it('read a time without a zone as universal time, and what a picture leaves out from the epoch', async () => {
    expect(await evaluate('$toMillis("2020-01-01T00:00:00")')).toBe(1_577_836_800_000);
    expect(await evaluate('$toMillis("10:00", "[H01]:[m01]")')).toBe(36_000_000);
    expect(await codeOf('$toMillis("2020-01-01.5")')).toBe('expression.failed');
  });

  it('do not show the order in which an object’s keys were written', async () => {
    for (const source of ['$keys($)', '$string($)', '*', '**', '"" & $', '$each($, function($v) { $v })', '$spread($)']) {
      expect(await evaluate(source, { b: 2, a: 1 })).toStrictEqual(await evaluate(source, { a: 1, b: 2 }));
    }
  });

  it('give plain lists without JSONata’s markers', async () => {
    const result = await evaluate('items.n', { items: [{ n: 1 }, { n: 2 }] });
    expect(Object.getOwnPropertyNames(result)).toStrictEqual(['0', '1', 'length']);
  });

  it('give the same result for the same input, also when evaluated side by side', async () => {
    const expressions = [
      'items^(n)',
      '$distinct(items.k)',
      'items{k: $sum(n)}',
      '$string($)',
      '$map(items, function($i) { $i.n * 2 })',
      '$average(items.n)',
    ];
    const compiled = expressions.map(compileExpression);
    const items = fc.array(fc.record({ n: fc.integer({ min: -5, max: 5 }), k: fc.constantFrom('a', 'b', 'c') }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const all = () => Promise.all(compiled.map((expression) => expression.evaluate({ items: structuredClone(list) })));
        expect(await all()).toStrictEqual(await all());
      }),
      { numRuns: 40 },
    );
  });

  it('report a fault of the author’s own with its message', async () => {
    await expect(evaluate('$error("no such customer")')).rejects.toMatchObject({ code: 'expression.failed', message: 'no such customer' });
  });
});
