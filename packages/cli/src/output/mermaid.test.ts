import { compileWorkflow } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { mermaid } from './mermaid.ts';

function drawn(text: string): string {
  const compiled = compileWorkflow([{ path: 'workflow.yaml', text }], { folder: 'drawn' });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return mermaid(compiled.workflow);
}

const workflow = (label: string, name: string) => `
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true }
  - { id: choose, name: ${name}, kind: deterministic, role: decision, handler: decide, with: { rules: [] } }
  - { id: fork, kind: deterministic, role: branch }
  - { id: left, kind: deterministic, role: linear }
  - { id: right, kind: deterministic, role: linear }
  - { id: join, kind: deterministic, role: merge, merge: { strategy: quorum, quorum: 1 } }
  - { id: spread, kind: deterministic, role: split, split: { over: items } }
  - { id: each, kind: deterministic, role: linear }
  - { id: gather, kind: deterministic, role: merge }
  - { id: again, kind: deterministic, role: merge }
  - { id: end, kind: deterministic, role: exit, always_fail: true }
edges:
  - { from: start, to: choose }
  - { from: choose, to: fork, label: ${label} }
  - { from: choose, to: spread, label: two }
  - { from: fork, to: left }
  - { from: fork, to: right }
  - { from: left, to: join }
  - { from: right, to: join }
  - { from: spread, to: each }
  - { from: each, to: gather }
  - { from: join, to: again }
  - { from: gather, to: again }
  - { from: again, to: end }
`;

describe('mermaid', () => {
  it('gives every role a shape of its own, labels edges, and says what merges do and close (S18)', () => {
    const lines = drawn(workflow('one', 'Which way')).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'flowchart TD',
        '  n0(["start"])',
        '  n1{"Which way<br/>choose"}',
        '  n2{{"fork"}}',
        '  n3["left"]',
        '  n5[\\"join<br/>quorum of 1, closes fork"/]',
        '  n6[/"spread<br/>over items"\\]',
        '  n8[\\"gather<br/>all, closes spread"/]',
        '  n9[\\"again<br/>rejoin"/]',
        '  n10((("end")))',
        '  n1 -->|"one"| n2',
        '  class n10 failing',
      ]),
    );
  });

  it.each([
    '"] --> n99["x',
    '</div><script>alert(1)</script>',
    'a\nclick n0 call x()',
    '%%{init: {}}%% #quot; ; | \\ `markdown`',
    '\u202e\u001b[2J',
  ])('keeps a hostile name a name: %j', (hostile) => {
    const plain = drawn(workflow('one', 'plain')).split('\n');
    const lines = drawn(workflow(JSON.stringify(hostile), JSON.stringify(hostile))).split('\n');
    expect(lines).toHaveLength(plain.length);
    for (const line of lines) {
      const labels = [...line.matchAll(/"([^"]*)"/g)].map(([, label = '']) => label.replaceAll('<br/>', ''));
      for (const label of labels) expect(label).toMatch(/^(?:[\p{L}\p{N} _.,:?!-]|#\d+;)*$/u);
    }
    const withoutLabels = (text: string[]) => text.map((line) => line.replaceAll(/"[^"]*"/g, '""'));
    expect(withoutLabels(lines)).toEqual(withoutLabels(plain));
  });

  it('does not let a label become a list', () => {
    expect(drawn(workflow('"1. first"', '"- second"'))).toMatch(/"#45; second<br\/>choose"[\s\S]*\|"1#46; first"\|/);
  });
});
