import { canonicalJson, type Json, type TimedEvent } from '@espalier/core';
import { outputEvent, sampleEvents } from '@espalier/runtime/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Store } from '../open-store.ts';
import { describeStores } from '../testing/describe-stores.ts';
import { startedEvent } from '../testing/sample-runs.ts';
import { storedPayload, wholePayload } from './large-values.ts';

const large = 'x'.repeat(20_000);
const named = (key: string, value: Json): Json => JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`);

const hostile: [string, Json][] = [
  ['a text', { output: large }],
  ['a text of code points beyond the basic plane', { output: '👩‍👩‍👧'.repeat(5000) }],
  ['line separators', { output: `\u2028\u2029\u0085${large}` }],
  ['control characters', { output: `\u0001\u001f\u007f"\\${large}` }],
  ...['__proto__', 'constructor', 'toString', 'a/b', '~', '~1', '~0', '', ' ', '0', '-1', 'é', 'e\u0301', '👍', '\u2028', '"', '\\'].map(
    (key): [string, Json] => [`below the key ${JSON.stringify(key)}`, { output: named(key, named(key, [named(key, large), large])) }],
  ),
  ...['__proto__', 'a/b', '', '~01'].map((key): [string, Json] => [`in the field ${JSON.stringify(key)}`, named(key, large)]),
  ['a long list', { output: Array.from({ length: 10_000 }, (_, index) => index) }],
  ['a long list of texts of all lengths', { output: Array.from({ length: 50 }, (_, index) => `${index}`.repeat(index * 300)) }],
  [
    'a long text within a long object',
    { output: { a: large, b: Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`k${index}`, index])) } },
  ],
  ['many small fields', Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`k${index}`, `${index}`]))],
  ['nulls and empty things', { a: null, b: [null, [], {}, large, null], c: large, d: '' }],
  ['the same text many times', { output: Array.from({ length: 20 }, () => ({ text: large })) }],
  ['depth', { output: Array.from({ length: 190 }).reduce<Json>((value) => ({ v: [value] }) as Json, large) }],
  ['three megabytes', { output: 'ü'.repeat(3_000_000) }],
  ['numbers', { output: [0.1, 1e21, 5e-324, -0.5, Number.MAX_SAFE_INTEGER], text: large }],
];

describe('S5 what is taken out of a payload and put back', () => {
  it.each(hostile)('%s', (_, payload) => {
    const { text, refs, values } = storedPayload(payload);
    const whole = wholePayload(JSON.parse(text), refs, (hash) => JSON.parse(values.get(hash) ?? ''));
    expect(canonicalJson(whole)).toBe(canonicalJson(payload));
    expect(JSON.stringify(Object.getPrototypeOf(whole))).toBe('{}');
  });

  it('leaves little in the payload itself, and holds equal texts once', () => {
    const { text, values } = storedPayload({ output: { list: [large, large, { deep: large }] }, other: 1 });
    expect(text.length).toBeLessThan(200);
    expect(values.size).toBe(1);
  });

  it('puts an object of its own in each place', () => {
    const list = Array.from({ length: 10_000 }, () => 1);
    const { text, refs, values } = storedPayload({ a: list, b: list });
    const whole = wholePayload(JSON.parse(text), refs, (hash) => JSON.parse(values.get(hash) ?? '')) as { a: Json; b: Json };
    expect(whole.a).not.toBe(whole.b);
  });
});

await describeStores('S5 large values', (subject) => {
  it('come back from the journal, the log and the tenant’s door as they were', async () => {
    const tenant = subject.newTenant();
    const events = hostile.map(([, payload]) => outputEvent(payload));
    const journal = subject.store.system().journal(tenant);
    await journal.append('r1', 0, [startedEvent(), ...events]);
    const outputs = (read: readonly { payload: unknown }[]) =>
      read.slice(1).map(({ payload }) => canonicalJson((payload as { output: Json }).output));
    const expected = hostile.map(([, payload]) => canonicalJson(payload));
    expect(outputs(await journal.read('r1'))).toEqual(expected);
    expect(outputs(await subject.store.tenant(tenant).journal('r1'))).toEqual(expected);
    const { events: logged } = await subject.store.system().readLog({ limit: 10_000 });
    expect(outputs(logged.filter((event) => event.tenant === tenant))).toEqual(expected);
  });

  it('are kept for each tenant apart', async () => {
    const [one, other] = [subject.newTenant(), subject.newTenant()];
    for (const tenant of [one, other])
      await subject.store
        .system()
        .journal(tenant)
        .append('r1', 0, [outputEvent(large)]);
    const { rows } = await sql`select tenant from espalier.payloads where tenant in (${one}, ${other})`.execute(
      subject.store.system().kysely,
    );
    expect(rows).toHaveLength(2);
  });

  it('of a megabyte, handed through fifty events, take its room once', async () => {
    const tenant = subject.newTenant();
    const value = Array.from({ length: 1000 }, (_, index) => String(index).padEnd(1000, '.')).join('');
    const journal = subject.store.system().journal(tenant);
    await journal.append('r1', 0, [startedEvent(undefined, { text: value })]);
    for (let step = 1; step <= 50; step += 1)
      await journal.append('r1', step, [outputEvent({ step, draft: { text: value, notes: [step] } })]);
    const { events, payloads } = await bytesOf(subject.store, tenant);
    expect(payloads).toBeLessThan(1_050_000);
    expect(events).toBeLessThan(51 * 1000);
    expect(await journal.read('r1')).toHaveLength(51);
  });

  it('of lists, handed on unchanged, take their room once', async () => {
    const tenant = subject.newTenant();
    const list = Array.from({ length: 20_000 }, (_, index) => ({ index, word: `word-${index}` }));
    const events: TimedEvent[] = Array.from({ length: 50 }, () => outputEvent(list));
    await subject.store.system().journal(tenant).append('r1', 0, events);
    const { events: bytes, payloads } = await bytesOf(subject.store, tenant);
    expect(payloads).toBeLessThan(canonicalJson(list).length * 1.1);
    expect(bytes).toBeLessThan(50 * 1000);
  });

  it('in what people ask of a run come back as they were', async () => {
    const tenant = subject.newTenant();
    const journal = subject.store.system().journal(tenant);
    await journal.append('r1', 0, [startedEvent()]);
    await subject.store.tenant(tenant).request('r1', { type: 'run.cancel_requested', reason: large }, { actor: 'person:a', at: 1 });
    expect((await journal.read('r1'))[1]).toMatchObject({ payload: { reason: large } });
  });

  it('of a run that is paused and resumed a thousand times do not grow', async () => {
    const tenant = subject.newTenant();
    const journal = subject.store.system().journal(tenant);
    await journal.append('r1', 0, [startedEvent(undefined, 'y'.repeat(1_000_000)), ...sampleEvents(3)]);
    const before = await bytesOf(subject.store, tenant);
    const door = subject.store.tenant(tenant);
    for (let time = 0; time < 1000; time += 1) {
      await door.request('r1', { type: 'run.paused' }, { actor: 'person:a', at: time });
      await door.request('r1', { type: 'run.resumed' }, { actor: 'person:a', at: time });
    }
    const after = await bytesOf(subject.store, tenant);
    expect(await journal.read('r1')).toHaveLength(2004);
    expect(after.payloads).toBe(before.payloads);
    expect(after.events - before.events).toBeLessThan(2000 * 300);
  });
});

/** Bytes of a tenant's rows, without what compression saves. */
async function bytesOf(store: Store, tenant: string): Promise<{ events: number; payloads: number }> {
  const { rows } = await sql<{ events: string; payloads: string }>`
    select (select sum(pg_column_size(c) + octet_length(events)) from espalier.commits c where tenant = ${tenant}) as events,
      (select coalesce(sum(octet_length(hash) + octet_length(text)), 0) from espalier.payloads where tenant = ${tenant}) as payloads`.execute(
    store.system().kysely,
  );
  return { events: Number(rows[0]?.events), payloads: Number(rows[0]?.payloads) };
}
