import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame, JournalEvent } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import type { Platform } from '../index.ts';
import { type AskingPlatforms, askingPlatforms, testKey } from './testing/asking-platforms.ts';
import { payloadsOf } from './testing/recorded-tries.ts';

const workflow = `
id: shop
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: ask, kind: agent, agent_id: seller, role: linear }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: ask }, { from: ask, to: end }]
`;

/** Says in a file that it was called. */
const priceTool = `
import { appendFileSync } from 'node:fs';
export function price({ fruit }, { workspace }) {
  appendFileSync(new URL('./calls.txt', import.meta.url), fruit + '\\n');
  return { fruit, cents: 250 };
}`;

const notice = 'cassette: replayed, no provider was asked';
const cassetteOf = ({ directory }: AskingPlatforms) => join(directory, 'shop.cassette.jsonl');
const agentsWith = (prompt: string) => ({ agents: [{ id: 'seller', llm: 'main', fallback: ['spare'], tools: ['price'], prompt }] });

/** An upstream whose first deployment is overloaded, and whose second one wants to know a price before it answers. */
async function shop(): Promise<AskingPlatforms> {
  const at = await askingPlatforms();
  const price = { input: 3, output: 15 };
  const main = { id: 'main', provider: 'anthropic', model: 'm', base_url: at.upstream.baseUrl('anthropic'), max_retries: 0, price };
  const spare = { id: 'spare', provider: 'openai', model: 'm', base_url: at.upstream.baseUrl('openai'), price };
  await at.write({
    'workflow.yaml': workflow,
    'agents.json': agentsWith('Sell fruit.'),
    'models.json': { deployments: [main, spare] },
    'tools.json': { tools: [{ id: 'price', type: 'module', entrypoint: './price.mjs#price' }] },
    'price.mjs': priceTool,
  });
  at.upstream.script('anthropic', { status: 529, body: ['{"type":"error","error":{"type":"overloaded_error","message":"Later."}}'] });
  at.upstream.answer('openai', { toolCalls: [{ name: 'price', input: { fruit: 'pear' } }] }, { text: ['Pears ', 'are ', '$2.50.'] });
  return at;
}

/** A run, and all that is to be seen of it. */
async function run(platform: Platform, { directory }: AskingPlatforms) {
  const opened = await platform.open(directory);
  const frames: Frame[] = [];
  const handle = await opened.run({ input: 'pears', watch: (frame) => void frames.push(frame) });
  const result = await handle.ended;
  const { events } = await platform.inspect(handle.run);
  expect(await platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
  const [usage] = await platform.usage({ by: 'run' });
  return {
    result,
    events,
    frames: frames.map(({ kind, offset, try: number, ...rest }) => [kind, number, offset, 'text' in rest && rest.text]),
    usage,
    notices: opened.notices,
  };
}

/** What the agent asked and was told, and what came of it. */
function callsIn(events: readonly JournalEvent[]) {
  return payloadsOf(events, 'effect.completed').map(({ key, try: number, outcome, output }) => {
    return [key.split('/').slice(1).join('/'), number, outcome, output];
  });
}

async function recorded(at: AskingPlatforms) {
  const platform = await at.open({ cassette: { record: cassetteOf(at) } });
  const original = await run(platform, at);
  await platform.close();
  await at.upstream.close();
  return original;
}

describe('COG-7 a run that was recorded', () => {
  it('is replayed without a network, a key or a cost: same calls, same words, same end, and it says that it is one', async () => {
    const at = await shop();
    const original = await recorded(at);
    expect(original.result).toMatchObject({ outcome: 'success', output: 'Pears are $2.50.' });
    expect(original.usage?.cost).toBeGreaterThan(0n);
    const asked = at.upstream.requests.length;

    const replayed = await run(await at.open({ cassette: { replay: cassetteOf(at) }, environment: undefined }), at);
    expect(replayed.result).toMatchObject({ outcome: 'success', output: 'Pears are $2.50.' });
    expect(replayed.frames).toEqual(original.frames);
    expect(replayed.frames.map(([kind]) => kind)).toEqual(['done', 'delta', 'delta', 'delta', 'done']);
    expect(callsIn(replayed.events)).toEqual(callsIn(original.events));
    expect(at.upstream.requests).toHaveLength(asked);
    expect(await readFile(join(at.directory, 'calls.txt'), 'utf8')).toBe('pear\n');
    expect(replayed.usage).toMatchObject({ requests: asked, cost: 0n, assumed: 0n });
    expect([original.notices, replayed.notices]).toEqual([[], [notice]]);
  });

  it('holds no key, and neither does its journal', async () => {
    const at = await shop();
    const original = await recorded(at);
    const cassette = await readFile(cassetteOf(at), 'utf8');
    expect(cassette).toContain('Pears ');
    expect(at.upstream.requests.map(({ headers }) => Object.values(headers).join().includes(testKey))).toEqual([true, true, true, true]);
    expect(cassette).not.toContain(testKey.slice(0, 20));
    expect(JSON.stringify(original.events)).not.toContain(testKey.slice(0, 20));
  });

  it('is missed by another prompt, which says what was recorded in its place', async () => {
    const at = await shop();
    await recorded(at);
    await at.write({ 'agents.json': agentsWith('Sell vegetables.') });
    const { result, events, usage } = await run(await at.open({ cassette: { replay: cassetteOf(at) } }), at);
    expect(result).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('holds no such call of anthropic/m') });
    expect(result.reason).toMatch(/The nearest, line 2, first differs at .*recorded “.*Sell fruit.*”, asked “.*Sell vegetables.*”/);
    const [ended] = payloadsOf(events, 'effect.completed');
    expect(ended?.error).toMatchObject({ code: 'cassette.miss', details: { nearest: { line: 2 } } });
    expect(usage?.cost).toBe(0n);
  });
});
