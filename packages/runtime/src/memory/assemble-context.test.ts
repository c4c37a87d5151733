import { type ContextProfile, canonicalJson, type Json, type MemoryEntry, type Remembered } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleContext, type ContextParts } from './assemble-context.ts';
import { tokensOf } from './tokens-of.ts';

const everything = (['task', 'project', 'global'] as const).map((store) => ({ store, tags: [] }));

function profileOf(maxTokens: number, sources: ContextProfile['sources'] = everything): ContextProfile {
  return { id: 'any', max_tokens: maxTokens, retrieval_policy: 'recency', sources };
}

function recalled(store: Remembered['store'], seq: number, more: Partial<Remembered> = {}): Remembered {
  return { id: `${store}-${seq}`, store, seq, node: 'write', tags: [], at: 1000 + seq, value: `text ${seq} of ${store}`, ...more };
}

function made(node: string, seq: number, output: Json = `text of ${node}`): MemoryEntry {
  return { node, seq, task: 'root', output };
}

function assemble(parts: Partial<ContextParts>) {
  const context = assembleContext({
    input: 'in',
    task: 'root',
    memory: [],
    recalled: [],
    profile: profileOf(10_000),
    tagsOf: () => [],
    ...parts,
  });
  return { ...context, shown: (JSON.parse(context.content).context ?? []) as { from: string; store?: string; value: Json }[] };
}

describe('the context of an agent node (MEM-4)', () => {
  it('shows what was there before the run by its time, then what came of the run, each with its provenance', () => {
    const { shown, provenance } = assemble({
      memory: [made('one', 9), made('two', 4)],
      recalled: [recalled('project', 2), recalled('global', 5, { at: 1001 }), recalled('project', 1)],
    });
    expect(shown).toEqual([
      { from: 'write', store: 'global', value: 'text 5 of global' },
      { from: 'write', store: 'project', value: 'text 1 of project' },
      { from: 'write', store: 'project', value: 'text 2 of project' },
      { from: 'one', value: 'text of one' },
      { from: 'two', value: 'text of two' },
    ]);
    expect(provenance).toMatchObject([
      { source: 'input', task: 'root' },
      { source: 'global', entry: 'global-5', node: 'write', seq: 5 },
      { source: 'project', entry: 'project-1' },
      { source: 'project', entry: 'project-2' },
      { source: 'task', task: 'root', node: 'one', seq: 9 },
      { source: 'task', task: 'root', node: 'two', seq: 4 },
    ]);
  });

  it('has entries of the sources alone, under one of the tags where they name any', () => {
    const tags: Record<string, string[]> = { one: ['draft'], two: [] };
    const parts = {
      memory: [made('one', 1), made('two', 2)],
      recalled: [recalled('project', 1, { tags: ['rule', 'old'] }), recalled('project', 2), recalled('global', 1, { tags: ['rule'] })],
      tagsOf: (node: string) => tags[node] ?? [],
    };
    const shownBy = (sources: ContextProfile['sources']) =>
      assemble({ ...parts, profile: profileOf(1000, sources) }).shown.map(({ value }) => value);
    expect(shownBy([{ store: 'task', tags: ['draft'] }])).toEqual(['text of one']);
    expect(shownBy([{ store: 'project', tags: ['rule', 'new'] }])).toEqual(['text 1 of project']);
    expect(
      shownBy([
        { store: 'global', tags: [] },
        { store: 'task', tags: [] },
      ]),
    ).toEqual(['text 1 of global', 'text of one', 'text of two']);
    expect(shownBy([])).toEqual([]);
  });

  it('says nothing twice: of equal values the newest stays, and none that the input is', () => {
    const { shown } = assemble({
      input: { b: 1, a: 2 },
      memory: [made('echo', 1, { a: 2, b: 1 }), made('one', 2, 'same'), made('two', 3, 'other'), made('three', 4, 'same')],
      recalled: [recalled('project', 1, { value: 'other' })],
    });
    expect(shown).toEqual([
      { from: 'two', value: 'other' },
      { from: 'three', value: 'same' },
    ]);
  });

  it('leaves out a piece that is too large, and goes on with older ones', () => {
    const { shown } = assemble({ memory: [made('old', 1), made('huge', 2, 'word '.repeat(500)), made('new', 3)], profile: profileOf(60) });
    expect(shown.map(({ from }) => from)).toEqual(['old', 'new']);
  });

  it('passes over at most 16 pieces that are too large', () => {
    const huge = (count: number) => Array.from({ length: count }, (_, index) => made('huge', index + 2, `${index} ${'word '.repeat(500)}`));
    const shownBehind = (count: number) => assemble({ memory: [made('old', 1), ...huge(count)], profile: profileOf(60) }).shown.length;
    expect([shownBehind(15), shownBehind(16)]).toEqual([1, 0]);
  });

  it('is the input alone without a profile, and where the input uses the budget up', () => {
    const memory = [made('one', 1)];
    expect(assemble({ memory, profile: undefined }).content).toBe('{"input":"in"}');
    expect(assemble({ memory, input: 'word '.repeat(50), profile: profileOf(20) }).shown).toEqual([]);
  });

  const text = fc.oneof(fc.string({ maxLength: 80 }), fc.lorem({ maxCount: 30 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
  const value: fc.Arbitrary<Json> = fc.oneof(
    text,
    fc.array(text, { maxLength: 3 }),
    fc.record({ text, number: fc.nat() }),
  ) as fc.Arbitrary<Json>;
  const entry = fc.record({ store: fc.constantFrom('project' as const, 'global' as const), at: fc.integer({ min: 0, max: 5 }), value });
  const parts = fc.record({
    input: value,
    budget: fc.integer({ min: 1, max: 400 }),
    outputs: fc.array(value, { maxLength: 12 }),
    entries: fc.array(entry, { maxLength: 12 }),
    order: fc.infiniteStream(fc.nat()),
  });
  const stored = (entries: readonly { store: 'project' | 'global'; at: number; value: Json }[]) =>
    entries.map((given, index) => recalled(given.store, index + 1, given));

  it('property: the content never exceeds the budget, unless the input does and is alone', () => {
    fc.assert(
      fc.property(parts, ({ input, budget, outputs, entries }) => {
        const memory = outputs.map((output, index) => made(`n${index}`, index, output));
        const { content, shown } = assemble({ input, memory, recalled: stored(entries), profile: profileOf(budget) });
        if (shown.length > 0) expect(tokensOf(content)).toBeLessThanOrEqual(budget);
        else expect(content).toBe(canonicalJson({ input }));
      }),
      { numRuns: 500 },
    );
  });

  it('property: the same entries in any order give the same context', () => {
    fc.assert(
      fc.property(parts, ({ input, budget, outputs, entries, order }) => {
        const memory = outputs.map((output, index) => made(`n${index}`, index, output));
        const all = stored(entries);
        const keyed = all.map((given) => ({ given, key: order.next().value ?? 0 }));
        const shuffled = keyed.sort((left, right) => left.key - right.key).map(({ given }) => given);
        const common = { input, memory, profile: profileOf(budget) };
        expect(assemble({ ...common, recalled: shuffled })).toEqual(assemble({ ...common, recalled: all }));
      }),
      { numRuns: 200 },
    );
  });

  it('property: provenance accounts for all of the content, piece by piece and in its order', () => {
    fc.assert(
      fc.property(parts, ({ input, budget, outputs, entries }) => {
        const memory = outputs.map((output, index) => made(`n${index}`, index, output));
        const all = stored(entries);
        const { shown, provenance } = assemble({ input, memory, recalled: all, profile: profileOf(budget) });
        const sources = provenance.slice(1).map(({ source, seq, entry: id, tokens }) => {
          const found = source === 'task' ? memory.find((given) => given.seq === seq)?.output : all.find((given) => given.id === id)?.value;
          return { value: found, tokens };
        });
        expect(sources).toEqual(shown.map((piece) => ({ value: piece.value, tokens: tokensOf(piece) })));
      }),
      { numRuns: 200 },
    );
  });
});
