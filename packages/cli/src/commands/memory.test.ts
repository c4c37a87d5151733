import { describe, expect, it } from 'vitest';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';

const workflow = `id: notes
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true, handler: pass, remember: { store: global } }
  - { id: note, kind: deterministic, role: linear, remember: { tags: [note, "two\\nlines"] } }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: note }, { from: note, to: end }]
`;

describe('ENG-S espalier memory', () => {
  it('lists what runs remembered, by project and by tag', async () => {
    await using at = await temporaryDirectory({ 'notes/workflow.yaml': workflow });
    const ask = (...words: string[]) => espalier(words, { cwd: at.path });
    expect((await ask('memory')).stdout).toBe('Nothing is remembered there.\n');
    for (const text of ['first', 'second']) expect((await ask('run', 'notes', '--input', text)).exit).toBe(0);
    const { exit, stdout } = await ask('memory', '--project', 'notes');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/Written +Run +Node +Tags +Value\n.* note +note two.*lines +first\n.*second\n$/);
    const found = JSON.parse(
      (await ask('memory', '--project', 'notes', '--tag', 'other', '--tag', 'note', '--limit', '1', '--json')).stdout,
    );
    expect(found).toMatchObject({ store: 'project', project: 'notes', entries: [{ value: 'second', node: 'note' }] });
    expect(JSON.parse((await ask('memory', '--json')).stdout)).toMatchObject({
      store: 'global',
      entries: [{ value: 'first' }, { value: 'second' }],
    });
    expect((await ask('memory', '--tag', 'note')).stdout).toBe('Nothing is remembered there.\n');
  });
});
