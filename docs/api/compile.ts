import { compileWorkflow } from '@espalier/core';

const text = `
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true }
  - { id: done, kind: deterministic, role: exti }
edges:
  - { from: start, to: done }
`;

/** What is wrong with a manifest that holds a slip of the pen. */
export function problemsOfASlip(): string[] {
  const result = compileWorkflow([{ path: 'workflow.yaml', text }], { folder: 'slip' });
  if (result.ok) return [];
  return result.problems.map(({ file, line, column, code, nearest }) => `${file}:${line}:${column} ${code}, nearest: ${nearest}`);
}
