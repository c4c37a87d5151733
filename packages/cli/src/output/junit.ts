import type { CaseResult, Evaluation } from '@espalier/platform';
import { countOutcomes } from '@espalier/platform';
import { assertionTitle } from './evaluation-report.ts';
import { readableValue } from './readable-value.ts';

/** An evaluation as JUnit XML, which CI servers read: a test suite per suite, a test case per case. Well-formed whatever texts say. */
export function junitXml(evaluation: Evaluation): string {
  const { workflow, cases, duration_ms } = evaluation;
  const suites = [...new Set(cases.map(({ suite }) => suite))];
  const body = suites.map((suite) =>
    suiteXml(
      evaluation,
      suite,
      cases.filter((result) => result.suite === suite),
    ),
  );
  const head = `<testsuites${attributes({ name: workflow, ...countsOf(cases), time: seconds(duration_ms) })}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${body.join('')}</testsuites>\n`;
}

function suiteXml(
  { workflow, workflow_hash, evaluation, engine_version, started_at, notices }: Evaluation,
  name: string,
  cases: CaseResult[],
) {
  const time = seconds(cases.reduce((sum, { duration_ms }) => sum + duration_ms, 0));
  const timestamp = new Date(started_at).toISOString().slice(0, 19);
  const facts = { evaluation, workflow_hash, engine_version, ...(notices.length === 0 ? {} : { notices: notices.join('; ') }) };
  const properties = Object.entries(facts).map(([key, value]) => `      <property${attributes({ name: key, value })}/>\n`);
  return [
    `  <testsuite${attributes({ name, ...countsOf(cases), time, timestamp })}>\n`,
    `    <properties>\n${properties.join('')}    </properties>\n`,
    ...cases.map((result) => caseXml(`${workflow}.${name}`, result)),
    '  </testsuite>\n',
  ].join('');
}

function caseXml(classname: string, result: CaseResult): string {
  const { error, run, assertions } = result;
  const failed = assertions.filter(({ passed }) => !passed);
  const [first] = failed;
  const text = failed.map((assertion) => {
    const { expected, actual, message } = assertion;
    const parts = {
      expected: expected === undefined ? undefined : readableValue(expected),
      actual: actual === undefined ? undefined : readableValue(actual),
      because: message,
    };
    const lines = Object.entries(parts).flatMap(([label, value]) => (value === undefined ? [] : [`${label}: ${value}`]));
    return [assertionTitle(assertion), ...lines].join('\n');
  });
  const message = failed.map(assertionTitle).join('; ');
  return [
    `    <testcase${attributes({ name: result.case, classname, time: seconds(result.duration_ms) })}>\n`,
    first === undefined ? '' : `      <failure${attributes({ message, type: first.type })}>${escaped(text.join('\n\n'))}</failure>\n`,
    error === undefined ? '' : `      <error${attributes({ message: error.message, type: error.code })}/>\n`,
    run === undefined ? '' : `      <system-out>${escaped(run)}</system-out>\n`,
    '    </testcase>\n',
  ].join('');
}

function countsOf(cases: readonly CaseResult[]) {
  const { failed, errored } = countOutcomes(cases);
  return { tests: String(cases.length), failures: String(failed), errors: String(errored), skipped: '0' };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value).replaceAll(/[\n\t]/g, (space) => `&#${space.charCodeAt(0)};`)}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\r': '&#13;' };

/** XML 1.0 has no way at all to write most control characters: they are replaced. */
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function escaped(text: string): string {
  return text.replaceAll(unwritable, '\ufffd').replaceAll(/[&<>"'\r]/g, (character) => entities[character] ?? character);
}
