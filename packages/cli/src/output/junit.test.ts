import type { AssertionResult, Evaluation } from '@espalier/platform';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { junitXml } from './junit.ts';

function evaluation(text: string): Evaluation {
  const result = { suite: text, case: text, run: text, models: [], duration_ms: 1234, assertions: [] };
  const wrong: AssertionResult = {
    type: 'equals',
    field_path: text,
    passed: false,
    expected: text,
    actual: { [text]: [text] },
    message: text,
  };
  return {
    ...{ evaluation: 'eval_1', workflow: text, workflow_hash: 'h', hashes: {}, engine_version: '1', started_at: 0, duration_ms: 2500 },
    notices: [text],
    cases: [
      { ...result, outcome: 'passed' },
      { ...result, outcome: 'failed', assertions: [wrong, { type: 'status', passed: true }] },
      { ...result, outcome: 'errored', error: { code: 'evaluation.timed_out', message: text } },
      { ...result, outcome: 'passed', suite: `${text} 2` },
    ],
  };
}

const reference = '&(?:lt|gt|amp|quot|apos|#\\d+);';
const tag = new RegExp(`<(/?)([a-z-]+)((?: [a-z_]+="(?:[^<>&"]|${reference})*")*)(/?)>`, 'gu');
const text = new RegExp(`^(?:[^<>&]|${reference})*$`, 'u');

/** The names of all elements, in order. Throws if the text is no well-formed XML (as far as this generator goes). */
function elementsOf(xml: string): string[] {
  const body = xml.replace('<?xml version="1.0" encoding="UTF-8"?>\n', '');
  expect(body).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
  const open: string[] = [];
  const names: string[] = [];
  let end = 0;
  for (const match of body.matchAll(tag)) {
    const [whole, closes, name = '', , empty] = match;
    expect(body.slice(end, match.index)).toMatch(text);
    end = match.index + whole.length;
    if (closes) expect(open.pop()).toBe(name);
    else names.push(name);
    if (!closes && !empty) open.push(name);
  }
  expect(body.slice(end)).toBe('\n');
  expect(open).toEqual([]);
  return names;
}

it('ENG-E has a suite per suite and a case per case, with what failed and what could not be judged', () => {
  const xml = junitXml(evaluation('tone'));
  expect(xml).toContain('<testsuites name="tone" tests="4" failures="1" errors="1" skipped="0" time="2.500">');
  expect(xml).toContain(
    '<testsuite name="tone" tests="3" failures="1" errors="1" skipped="0" time="3.702" timestamp="1970-01-01T00:00:00">',
  );
  expect(xml).toContain('<testcase name="tone" classname="tone.tone" time="1.234">');
  expect(xml).toContain(
    '<failure message="equals at tone" type="equals">equals at tone\nexpected: tone\nactual: tone:\n  - tone\nbecause: tone</failure>',
  );
  expect(xml).toContain('<error message="tone" type="evaluation.timed_out"/>');
  expect(xml).toContain('<property name="notices" value="tone"/>');
});

const expected = elementsOf(junitXml(evaluation('tone')));

it.each([
  '</failure><x y="',
  ']]>',
  '&amp;&#0;',
  '"\'<>&',
  '\u0000\u0008\u001b[2J\ufffe\uffff',
  '\ud800 lone',
  'a\r\n\tb',
  '<!--',
  '<![CDATA[',
  '日本 👩‍🚀',
])('ENG-E stays well-formed whatever texts say: %j', (hostile) => {
  expect(elementsOf(junitXml(evaluation(hostile)))).toEqual(expected);
});

it('ENG-E stays well-formed for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (hostile) => {
      expect(elementsOf(junitXml(evaluation(hostile)))).toEqual(expected);
    }),
  );
});

it('ENG-E keeps line ends of attributes, which a reader would otherwise turn into spaces', () => {
  expect(junitXml(evaluation('a\n\tb'))).toContain('<error message="a&#10;&#9;b"');
});
