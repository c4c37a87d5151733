import { setTimeout as wait } from 'node:timers/promises';
import { answering, failing } from '@espalier/runtime/testing';
import { describe, expect, it } from 'vitest';
import { configurationSchema, type OpenWorkflow, type Platform } from '../index.ts';
import { type AskingPlatforms, askingPlatforms } from './testing/asking-platforms.ts';
import { payloadsOf } from './testing/recorded-tries.ts';

const workflow = `
id: letters
concurrency: 1
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: deal, kind: deterministic, role: split, split: { over: letters } }
  - { id: ask, kind: agent, agent_id: writer, role: linear }
  - { id: collect, kind: deterministic, role: merge, merge: { on_failure: partial } }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: deal }, { from: deal, to: ask }, { from: ask, to: collect }, { from: collect, to: end }]
`;

interface Opened {
  at: AskingPlatforms;
  platform: Platform;
  letters: OpenWorkflow;
}

async function open(breaker: object = {}): Promise<Opened> {
  const at = await askingPlatforms();
  const deployment = {
    id: 'only',
    provider: 'openai',
    model: 'm',
    base_url: at.upstream.baseUrl('openai'),
    price: { input: 1, output: 2 },
  };
  await at.write({
    'workflow.yaml': workflow,
    'agents.json': { agents: [{ id: 'writer', llm: 'only', prompt: 'Write.' }] },
    'models.json': { deployments: [deployment] },
  });
  const platform = await at.open({ configuration: configurationSchema.parse({ breaker }) });
  return { at, platform, letters: await platform.open(at.directory) };
}

async function eventsOf({ platform, letters }: Opened, session: string, count: number) {
  const handle = await letters.run({ input: { letters: Array.from({ length: count }, (_, index) => `letter ${index}`) }, session });
  await handle.ended;
  expect(await platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
  return (await platform.inspect(handle.run)).events;
}

describe('GRD-7 three calls in a row that fail', () => {
  it('open the circuit of their session: no further call of its agents is made, and the journal has what a person needs', async () => {
    const opened = await open();
    const { upstream } = opened.at;
    upstream.script('openai', failing(401, { message: 'Bad key.' }));
    const before = Date.now();
    const events = await eventsOf(opened, 's1', 5);
    expect(upstream.requests).toHaveLength(3);
    const [circuit, ...more] = payloadsOf(events, 'circuit.opened');
    expect(more).toEqual([]);
    expect(circuit).toMatchObject({ session: 's1', cause: 'failures', task: 'root/deal.2', node: 'ask', agent: 'writer' });
    expect(circuit?.reason).toContain('3 calls in a row failed');
    expect(circuit?.evidence).toHaveLength(3);
    for (const failure of circuit?.evidence ?? [])
      expect(failure).toMatch(/^model only: model\.failed, openai did not accept the key .*Bad key/);
    expect(circuit?.retry_at).toBeGreaterThanOrEqual(before + 60_000);
    const refusals = payloadsOf(events, 'effect.refused');
    expect(refusals.map(({ task, error }) => [task, error.code])).toEqual([
      ['root/deal.3', 'circuit.open'],
      ['root/deal.4', 'circuit.open'],
    ]);
    expect(refusals[0]?.error.message).toContain(new Date(circuit?.retry_at ?? 0).toISOString());
  });

  it('close to later runs of the session, and to no other session', async () => {
    const opened = await open();
    const { upstream } = opened.at;
    upstream.script('openai', failing(401), failing(401), failing(401), answering({ text: 'Dear all' }));
    await eventsOf(opened, 's1', 3);
    expect(payloadsOf(await eventsOf(opened, 's1', 1), 'effect.refused')).toMatchObject([{ error: { code: 'circuit.open' } }]);
    expect(upstream.requests).toHaveLength(3);
    expect(payloadsOf(await eventsOf(opened, 's2', 1), 'effect.completed')).toMatchObject([{ outcome: 'success' }]);
  });

  it('are followed by one call as a probe after a rest, and by all others once that succeeds', async () => {
    const opened = await open({ rest_seconds: 0.3 });
    const { upstream } = opened.at;
    upstream.script('openai', failing(401), failing(401), failing(401), answering({ text: 'Dear all' }));
    await eventsOf(opened, 's1', 4);
    await wait(350);
    const events = await eventsOf(opened, 's1', 3);
    expect(payloadsOf(events, 'effect.completed').map(({ outcome }) => outcome)).toEqual(['success', 'success', 'success']);
    const probes = payloadsOf(events, 'effect.started').map(({ verdicts }) => verdicts.find(({ step }) => step === 'breaker')?.reason);
    expect(probes).toEqual(['a probe', undefined, undefined]);
    expect(upstream.requests).toHaveLength(6);
  });
});
