import type { Finding, Path } from './manifest-document.ts';
import { insideFindings, moduleFindings } from './module-reference.ts';
import { type ReferenceScope, referenceFindings } from './reference-scope.ts';
import type { Assertion, EvaluationCase, EvaluationSuite } from './shapes/evaluations.ts';
import type { Entry } from './sound-entries.ts';

/** Everything in a suite that refers to something that is not there. */
export function suiteFindings({ value: suite, path }: Entry<EvaluationSuite>, scope: ReferenceScope): Finding[] {
  return suite.cases.flatMap((value, index) => caseFindings({ value, path: [...path, 'cases', index] }, scope));
}

function caseFindings({ value, path }: Entry<EvaluationCase>, scope: ReferenceScope): Finding[] {
  const { start_node, workspace, assertions } = value;
  return [
    ...referenceFindings(scope, 'starts', { name: start_node, path: [...path, 'start_node'] }),
    ...(workspace === undefined ? [] : insideFindings(workspace, [...path, 'workspace'])),
    ...assertions.flatMap((assertion, index) => assertionFindings(assertion, [...path, 'assertions', index], scope)),
  ];
}

function assertionFindings(assertion: Assertion, path: Path, scope: ReferenceScope): Finding[] {
  switch (assertion.type) {
    case 'schema_valid':
      return referenceFindings(scope, 'schemas', { name: assertion.schema, path: [...path, 'schema'] });
    case 'status':
      return referenceFindings(scope, 'exits', { name: assertion.exit, path: [...path, 'exit'] });
    case 'custom':
      return moduleFindings(assertion.module, scope, { path: [...path, 'module'] });
    case 'scored':
      return [
        ...scorerFindings(assertion, path),
        ...(assertion.module === undefined ? [] : moduleFindings(assertion.module, scope, { path: [...path, 'module'] })),
      ];
    default:
      return [];
  }
}

/** A score comes from one place. */
function scorerFindings({ metric, module, expected }: Extract<Assertion, { type: 'scored' }>, path: Path): Finding[] {
  if (metric === undefined && module === undefined) {
    return [unscored('Nothing gives this assertion its score.', path, 'metric: word_overlap, or module: ./asserts/x.ts#fn')];
  }
  if (metric !== undefined && module !== undefined) {
    const message = 'This assertion has a metric and a module, and a score comes from one of them.';
    return [unscored(message, [...path, 'metric'], 'metric or module')];
  }
  if (metric !== 'word_overlap' || typeof expected === 'string') return [];
  const message = 'word_overlap compares with a text, and there is none.';
  return [unscored(message, expected === undefined ? path : [...path, 'expected'], 'expected: a text')];
}

function unscored(message: string, path: Path, expected: string): Finding {
  return { code: 'manifest.score_invalid', message, path, expected };
}
